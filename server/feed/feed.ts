import type {ServerContext} from '../context.js'
import type {MessageRow} from './message-rows.js'
import {TaskChannel} from './task-channel.js'

/** The tasks that have readers on this server. */
export interface Feed {
  /** Joins a task's readers: `listener` is called at every news, until `leave`. */
  join(taskId: string, listener: () => void): {channel: TaskChannel; leave: () => void}
  /** Tells the readers of a task what has just been committed (stream §6.2). */
  published(taskId: string, rows: readonly MessageRow[]): void
  /** Tasks with readers here. */
  readonly size: number
  stop(): void
}

/** Longest a lost wake-up of another server stays unnoticed (stream §6.5). */
const RECONCILE_MS = 5000

export function createFeed(context: ServerContext): Feed {
  const channels = new Map<string, TaskChannel>()
  // SQLite has one server, whose own wake-ups cannot be lost: an idle one reads nothing.
  const timer =
    context.db.dialect === 'postgres'
      ? setInterval(() => {
          for (const channel of channels.values()) channel.refresh()
        }, RECONCILE_MS)
      : undefined
  timer?.unref()
  return {
    join(taskId, listener) {
      const channel = channels.get(taskId) ?? new TaskChannel(context, taskId)
      channels.set(taskId, channel)
      channel.join(listener)
      return {
        channel,
        leave() {
          channel.leave(listener)
          if (channel.readers > 0 || channels.get(taskId) !== channel) return
          channel.close()
          channels.delete(taskId)
        },
      }
    },
    published(taskId, rows) {
      channels.get(taskId)?.offer(rows)
    },
    get size() {
      return channels.size
    },
    stop() {
      clearInterval(timer)
      for (const channel of channels.values()) channel.close()
      channels.clear()
    },
  }
}
