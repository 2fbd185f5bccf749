import type {ServerContext} from '../context.js'
import type {MessageRow} from './message-rows.js'
import {TaskChannel} from './task-channel.js'
import {taskTopic} from './wakeups.js'

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

export function createFeed(context: ServerContext): Feed {
  const channels = new Map<string, TaskChannel>()
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
      context.wakeups.wakeElsewhere(taskTopic(taskId))
    },
    get size() {
      return channels.size
    },
    stop() {
      for (const channel of channels.values()) channel.close()
      channels.clear()
    },
  }
}
