import {formatDuration} from '../settings/duration.js'
import type {AnyStatus, DaemonStatus, SilentStatus} from './daemon-status.js'

/** Lines for people, the original's three first (contract §4.6). */
export function formatStatus(status: AnyStatus): string[] {
  const name = status.profile === null ? 'Daemon' : `Daemon [${status.profile}]`
  if (status.status !== 'running') {
    const first =
      status.status === 'stopped' ? `${name}: stopped` : row(name, describeSilence(status))
    return [first, row('Server', status.server_url), ...pathRows(status.paths)]
  }
  const {capacity, connection} = status
  const trouble = connection.error === undefined ? '' : `: ${connection.error}`
  return [
    row(name, `running (pid ${status.pid}, uptime ${status.uptime})`),
    row('Agents', status.agents.join(', ')),
    row('Workspaces', String(status.workspaces.length)),
    row('State', `${status.state}, since ${status.since}`),
    row('Server', `${status.server_url} (${connection.state}${trouble})`),
    row('Capacity', `${capacity.used} of ${capacity.total} in use`),
    ...(status.problem === null ? [] : [row('Problem', status.problem)]),
    ...status.agent_problems.map((problem) => row('Problem', problem)),
    row('Proxy', describeProxy(status.proxy)),
    row('Transcripts', describeDelivery(status.transcripts)),
    ...(status.lock ? [row('Lock', describeLock(status.lock))] : []),
    ...status.sessions.map((session) => row('Workspace', describeSession(session))),
    ...status.tasks.map((task) => row('Task', describeTask(task))),
    row('Local API', `http://127.0.0.1:${status.port}/health`),
    ...pathRows(status.paths),
  ]
}

function describeSilence({holder}: SilentStatus): string {
  return `not responding (pid ${holder.pid}, since ${holder.since}); its log tells more`
}

function describeSession(session: DaemonStatus['sessions'][number]): string {
  const runtimes = session.runtimes.map(({provider}) => provider).join(', ') || 'none registered'
  const error = session.error === undefined ? '' : `; ${session.error}`
  return `${session.id}: ${runtimes}; wake-ups ${session.stream}${error}`
}

function describeTask(task: DaemonStatus['tasks'][number]): string {
  const worker = task.worker_pid === null ? 'no worker' : `worker ${task.worker_pid}`
  const behind = task.lag.ms < 1000 ? '' : `, none for ${duration(task.lag.ms)}`
  const messages = `${task.acked_seq ?? 0} of ${task.last_seq ?? 0} messages acknowledged${behind}`
  const recoveries = task.recoveries === 0 ? '' : `, recovered ${task.recoveries} times`
  return `${task.issue ?? '-'} ${task.id} ${task.provider}, ${task.phase ?? 'starting'}, ${worker}, ${messages}${recoveries}`
}

function describeProxy(proxy: DaemonStatus['proxy']): string {
  if (!proxy) return 'none'
  if (proxy.url === null) return `none for this server (${proxy.variable})`
  return `${proxy.url} (${proxy.variable})`
}

function describeDelivery({lag_messages, lag_ms, lost}: DaemonStatus['transcripts']): string {
  const behind = lag_messages === 0 ? 'nothing waits' : `${lag_messages} messages wait`
  const since = lag_ms < 1000 ? '' : `, for ${duration(lag_ms)}`
  return `${behind}${since}; ${lost} lost`
}

function describeLock({pid, since, mode}: NonNullable<DaemonStatus['lock']>): string {
  return `held by pid ${pid} since ${since} (${mode})`
}

const duration = (ms: number): string => formatDuration(Math.floor(ms / 1000) * 1000)

function pathRows(paths: DaemonStatus['paths']): string[] {
  return [
    row('Config', paths.config),
    row('Agents file', paths.agents),
    row('State dir', paths.state),
    row('Work dirs', paths.workspaces_root),
    row('Log', paths.log),
  ]
}

const row = (name: string, value: string): string => `${`${name}:`.padEnd(13)}${value}`
