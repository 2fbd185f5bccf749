import {drainTasks} from '../daemon/drain-daemon.js'
import {findLivingTasks, type LivingTask} from '../daemon/living-tasks.js'
import {stillStopping, stopDaemon} from '../daemon/stop-daemon.js'
import {stopWorkers} from '../daemon/stop-workers.js'
import {AppError} from '../errors.js'
import {processStartTime as processStart} from '../process-tree/process-table.js'
import {formatDuration} from '../settings/duration.js'
import type {Settings} from '../settings/settings.js'
import type {Notes} from './notes.js'

export interface StopEverything {
  settings: Settings
  /** How long running tasks may take to end by themselves. */
  drainMs: number
  /** Stop the daemon alone. */
  keepTasks: boolean
  notes: Notes
  signal: AbortSignal
}

const DAEMON_LIMIT_MS = 15_000
/** Longer than the grace of an agent that ignores signals. */
const AGENTS_LIMIT_MS = 20_000

/**
 * Drains, stops the daemon, then stops the agents that are left, and tells what it does.
 * @throws AppError when something does not end, and the signal's reason when that is aborted
 */
export async function stopEverything(options: StopEverything): Promise<void> {
  const {settings, keepTasks, notes, signal} = options
  const {stateDir, logPath} = settings
  try {
    if (!keepTasks) await drain(options)
    const result = await stopDaemon(settings, {
      processStart,
      limitMs: DAEMON_LIMIT_MS,
      signal,
      onWait: () => notes.wait('Stopping the daemon …'),
    })
    if (!result.stopped) throw stillStopping(result.holder?.pid ?? 0, logPath)
    notes.say(result.holder ? 'Daemon stopped.' : 'Daemon is not running.')
    if (keepTasks) {
      const left = await findLivingTasks(stateDir, processStart)
      if (left.length > 0) notes.say(`Still running: ${names(left)}`)
      return
    }
    await stopAgents(options)
  } finally {
    notes.done()
  }
}

async function drain({settings, drainMs, notes, signal}: StopEverything): Promise<void> {
  if (drainMs === 0) return
  const limit = formatDuration(drainMs)
  const left = await drainTasks(settings, {
    processStart,
    limitMs: drainMs,
    signal,
    onWait: (tasks) => {
      const what = tasks.length === 0 ? 'a task that is only starting' : names(tasks)
      notes.wait(`Waiting up to ${limit} for ${what} (Ctrl-C leaves everything running) …`)
    },
  })
  if (left.length > 0) notes.say(`Not finished after ${limit}: ${names(left)}`)
}

async function stopAgents({settings, notes, signal}: StopEverything): Promise<void> {
  const {stopped, reporting, remaining} = await stopWorkers(settings.stateDir, {
    processStart,
    limitMs: AGENTS_LIMIT_MS,
    signal,
    onWait: (tasks) => notes.wait(`Stopping ${names(tasks)} …`),
  })
  for (const {name} of stopped) notes.say(`Stopped ${name}.`)
  for (const {name} of reporting) {
    notes.say(`Stopped ${name}; the server is told when it can be reached.`)
  }
  if (remaining.length === 0) return
  throw new AppError('unavailable', `these do not end: ${names(remaining)}`)
}

const names = (tasks: readonly LivingTask[]): string => tasks.map(({name}) => name).join(', ')
