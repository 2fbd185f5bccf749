import type {Detection} from '../agents/detect.js'
import type {ProxyInUse} from '../client/proxy-in-use.js'
import type {AnyStatus} from '../daemon/daemon-status.js'
import type {Finding} from './finding.js'

/** The proxy that the environment asks for (fault K2). */
export function describeProxy(proxy: ProxyInUse | null): Finding {
  const text =
    proxy === null ? 'none' : `${proxy.url ?? 'none for this server'} (${proxy.variable})`
  return {what: 'Proxy', state: 'ok', text}
}

/** The programs that a daemon of this machine could run. */
export function describeAgents({agents, problems}: Detection): Finding[] {
  const names = agents.map(({provider, version}) => `${provider} ${version}`.trim())
  const found: Finding =
    names.length > 0
      ? {what: 'Agents', state: 'ok', text: names.join(', ')}
      : {
          what: 'Agents',
          // A machine may also be there for watching alone.
          state: 'warning',
          text: 'no program was found that could work on issues',
          fix: 'install an agent such as Claude Code or Codex, or describe one in agents.json',
        }
  return [found, ...problems.map((text): Finding => ({what: 'Agents', state: 'warning', text}))]
}

/** What the daemon says of itself: its holder, its way to the server, and what it has not brought there. */
export function describeDaemon(status: AnyStatus): Finding[] {
  const what = 'Daemon'
  if (status.status === 'stopped') {
    return [{what, state: 'warning', text: 'not running', fix: 'multica daemon start'}]
  }
  if (status.status === 'not_responding') {
    const text = `pid ${status.holder.pid} holds the lock since ${status.holder.since} and does not answer`
    return [{what, state: 'problem', text, fix: 'multica daemon logs, then multica daemon restart'}]
  }
  const {connection, transcripts, tasks, problem} = status
  const isWell = connection.state === 'ok' && problem === null
  const why = problem ?? connection.error ?? connection.state
  const findings: Finding[] = [
    isWell
      ? {what, state: 'ok', text: `pid ${status.pid}, ${tasks.length} running, ${status.state}`}
      : {what, state: 'problem', text: why, fix: 'multica daemon status tells more'},
  ]
  const {lost, lag_ms: lag, lag_messages: waiting} = transcripts
  if (lost > 0) {
    const text = `${lost} messages of runs will never reach the server`
    findings.push({
      what: 'Transcripts',
      state: 'problem',
      text,
      fix: 'multica daemon logs says why',
    })
  } else if (lag > LAG_MS) {
    const text = `${waiting} messages wait for the server since ${Math.round(lag / 1000)} s`
    findings.push({what: 'Transcripts', state: 'warning', text})
  } else findings.push({what: 'Transcripts', state: 'ok', text: 'nothing lost, nothing late'})
  return findings
}

/** A worker that has waited this long for the server's word is behind. */
const LAG_MS = 15_000
