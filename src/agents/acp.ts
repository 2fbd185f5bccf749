import {setTimeout as sleep} from 'node:timers/promises'
import {ACP_PRESETS, presetOf} from './acp-presets.js'
import {AcpSession} from './acp-session.js'
import type {AgentAdapter, AgentEvent, AgentIo, AgentSettings} from './adapter.js'
import {deathNote} from './death-note.js'

/** The sessions that run, by their streams: a stop or a message finds its own. */
const sessions = new WeakMap<AgentIo, AcpSession>()

/** Every agent that speaks the Agent Client Protocol (docs/agents.md). */
export const acp: AgentAdapter = {
  type: 'acp',
  programs: ACP_PRESETS.flatMap(({programs}) => programs),
  checks: Object.fromEntries(
    ACP_PRESETS.flatMap(({programs, check}) => programs.map((name) => [name, check])).flatMap(
      ([name, check]) => (check ? [[name, check]] : []),
    ),
  ),
  versionless: ACP_PRESETS.filter(({versionless}) => versionless).flatMap(({programs}) => programs),
  showStderr: false,
  launch: ({settings}) => ({
    argv: argvOf(settings),
    env: {...presetOf(settings).env},
  }),
  async *events(io, run) {
    const session = new AcpSession(io, run)
    sessions.set(io, session)
    session.begin()
    yield* follow(io, session)
    await session.written()
    if (!session.finished) yield* deathNote(presetOf(run.settings).programs[0] ?? 'the agent', io)
  },
  interrupt: async (io) => sessions.get(io)?.interrupt(),
  say: async (io, text) => sessions.get(io)?.say(text) ?? false,
}

/** Reads the agent's lines, and notices when it pauses. */
async function* follow(io: AgentIo, session: AcpSession): AsyncGenerator<AgentEvent> {
  const lines = io.stdout[Symbol.asyncIterator]()
  for (let next = lines.next(); ; ) {
    const line = await withPause(next, session.pauseMs)
    if (!line) {
      yield* session.paused()
      continue
    }
    if (line.done) break
    next = lines.next()
    yield* session.receive(line.value)
  }
  yield* session.ended()
}

async function withPause<T>(next: Promise<T>, ms: number | undefined): Promise<T | undefined> {
  if (ms === undefined) return next
  const over = new AbortController()
  try {
    return await Promise.race([next, sleep(ms, undefined, {signal: over.signal})])
  } finally {
    over.abort()
  }
}

/** What the preset adds, unless it stands there already. */
function argvOf(settings: AgentSettings): string[] {
  const preset = presetOf(settings)
  const {command, args = [], model} = settings
  const given = [...command, ...args]
  const own = preset.args.filter((word) => !given.includes(word))
  const model_ = model && preset.modelFlag ? [preset.modelFlag, model] : []
  return [...command, ...own, ...model_, ...args]
}
