import type {AgentAdapter, AgentIo} from './adapter.js'
import {CodexSession} from './codex-session.js'
import {deathNote} from './death-note.js'

/** The sessions that run, by their streams: a stop finds its own. */
const sessions = new WeakMap<AgentIo, CodexSession>()

/** Codex through its app server (contract §6.3). Versions without one are run by `codex-exec`. */
export const codex: AgentAdapter = {
  type: 'codex',
  programs: ['codex'],
  olderVersions: {probe: ['app-server', '--help'], type: 'codex-exec'},
  showStderr: false,
  launch: ({settings}) => ({
    argv: [...settings.command, 'app-server', ...(settings.args ?? [])],
  }),
  async *events(io, run) {
    const session = new CodexSession(io, run)
    sessions.set(io, session)
    session.begin()
    for await (const line of io.stdout) yield* session.receive(line)
    await session.written()
    if (!session.finished) yield* deathNote('codex', io)
  },
  say: async (io, text) => (await sessions.get(io)?.say(text)) ?? false,
  interrupt: async (io) => sessions.get(io)?.interrupt(),
}
