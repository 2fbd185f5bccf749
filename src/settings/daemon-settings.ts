import {hostname} from 'node:os'
import {invalid} from '../errors.js'
import {parseAge, parseSize} from './amounts.js'
import {parseDuration} from './duration.js'
import {type Environment, readVariable} from './environment.js'

/** Flags of `daemon start` that say how a daemon behaves (contract §4.6). */
export const DAEMON_FLAG_NAMES = [
  'daemon-id',
  'device-name',
  'runtime-name',
  'poll-interval',
  'heartbeat-interval',
  'agent-timeout',
  'max-concurrent-tasks',
  'work-retention',
  'repo-retention',
  'disk-quota',
] as const

/** Undefined = not given. */
export type DaemonFlags = {[Name in (typeof DAEMON_FLAG_NAMES)[number]]?: string | undefined}

/** How a daemon behaves. Times are in milliseconds. */
export interface DaemonSettings {
  daemonId: string
  deviceName: string
  /** Replaces the capitalised provider in the names of runtimes. */
  runtimeName: string | undefined
  pollIntervalMs: number
  heartbeatIntervalMs: number
  /** Wall-clock limit of a run; null: only inactivity ends one (design §4.7). */
  agentTimeoutMs: number | null
  inactivityMs: number
  toolInactivityMs: number
  maxConcurrentTasks: number
  /** Folders of acknowledged tasks stay until they are this old. */
  taskRetentionMs: number
  /** Work folders that no run has used for so long go. */
  workRetentionMs: number
  /** The same for clones of repositories. */
  repoRetentionMs: number
  /** Bytes of work folders, clones and task folders together; what is in use never goes. */
  diskQuota: number
  keepEnvAfterTask: boolean
  /** Agents' own logs are read for daily totals of what they use. */
  usageScan: boolean
  /** First choice of the local API's port (contract §5.2). */
  healthPort: number
}

const DAY_MS = 86_400_000
const HEALTH_PORT = 19_514

/** Flag, then variable, then default; a value of zero or less is refused by name. */
export function resolveDaemonSettings(
  profile: string | undefined,
  flags: DaemonFlags,
  env: Environment,
): DaemonSettings {
  const text = (flag: keyof DaemonFlags, variable: string): Given | undefined => {
    const given = flags[flag]?.trim()
    if (given) return {value: given, name: `--${flag}`}
    const value = readVariable(env, variable)
    return value === undefined ? undefined : {value, name: variable}
  }
  const duration = (given: Given | undefined, otherwise: number): number =>
    given ? parseDuration(given.value, given.name) : otherwise
  const only = (name: string): Given | undefined => {
    const value = readVariable(env, name)
    return value === undefined ? undefined : {value, name}
  }
  const host = hostname() || 'local-machine'
  const timeout = text('agent-timeout', 'MULTICA_AGENT_TIMEOUT')
  return {
    daemonId: withProfile(text('daemon-id', 'MULTICA_DAEMON_ID')?.value ?? host, profile),
    deviceName: text('device-name', 'MULTICA_DAEMON_DEVICE_NAME')?.value ?? host,
    runtimeName: text('runtime-name', 'MULTICA_AGENT_RUNTIME_NAME')?.value,
    pollIntervalMs: duration(text('poll-interval', 'MULTICA_DAEMON_POLL_INTERVAL'), 3000),
    heartbeatIntervalMs: duration(
      text('heartbeat-interval', 'MULTICA_DAEMON_HEARTBEAT_INTERVAL'),
      15_000,
    ),
    agentTimeoutMs: timeout ? parseDuration(timeout.value, timeout.name) : null,
    inactivityMs: duration(only('MULTICA_AGENT_INACTIVITY'), 30 * 60_000),
    toolInactivityMs: duration(only('MULTICA_AGENT_TOOL_INACTIVITY'), 2 * 3_600_000),
    maxConcurrentTasks: count(text('max-concurrent-tasks', 'MULTICA_DAEMON_MAX_CONCURRENT_TASKS')),
    taskRetentionMs: age(only('MULTICA_DAEMON_TASK_RETENTION'), DAY_MS),
    workRetentionMs: age(text('work-retention', 'MULTICA_DAEMON_WORK_RETENTION'), 14 * DAY_MS),
    repoRetentionMs: age(text('repo-retention', 'MULTICA_DAEMON_REPO_RETENTION'), 30 * DAY_MS),
    diskQuota: size(text('disk-quota', 'MULTICA_DAEMON_DISK_QUOTA'), 20 * 1024 ** 3),
    keepEnvAfterTask: /^(true|1)$/i.test(readVariable(env, 'MULTICA_KEEP_ENV_AFTER_TASK') ?? ''),
    usageScan: !/^(off|false|0|no)$/i.test(readVariable(env, 'MULTICA_DAEMON_USAGE_SCAN') ?? ''),
    healthPort: healthPortOf(profile),
  }
}

/** The flags that were given, as words of a command line. */
export function flagsToArgv(flags: DaemonFlags): string[] {
  return DAEMON_FLAG_NAMES.flatMap((name) => {
    const value = flags[name]
    return value === undefined ? [] : [`--${name}`, value]
  })
}

interface Given {
  value: string
  name: string
}

const age = (given: Given | undefined, initial: number): number =>
  given ? parseAge(given.value, given.name) : initial

const size = (given: Given | undefined, initial: number): number =>
  given ? parseSize(given.value, given.name) : initial

function count(given: Given | undefined): number {
  if (!given) return 20
  const number = Number(given.value)
  if (!Number.isInteger(number) || number < 1 || number > 1000) {
    throw invalid(`${given.name}: ${given.value} must be a whole number from 1 to 1000`, given.name)
  }
  return number
}

/** The profile is part of the id, so that two profiles of a machine never share runtimes (contract §5.2). */
function withProfile(id: string, profile: string | undefined): string {
  return profile === undefined || id.endsWith(`-${profile}`) ? id : `${id}-${profile}`
}

/** The port that an original command line computes for a profile (contract §5.2): `dev` → 19834. */
export function healthPortOf(profile: string | undefined): number {
  if (profile === undefined) return HEALTH_PORT
  const sum = Buffer.from(profile).reduce((total, byte) => total + byte, 0)
  return HEALTH_PORT + 1 + (sum % 1000)
}
