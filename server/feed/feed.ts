import type {ServerContext} from '../context.js'
import {EventPages} from './event-pages.js'
import type {MessageRow} from './message-frames.js'
import {createMessagePages} from './message-pages.js'
import {TaskChannel} from './task-channel.js'
import {taskTopic} from './wakeups.js'

/** The tasks that have readers on this server. */
export interface Feed {
  /** Joins a task's readers: `listener` is called at every news, until `leave`. */
  join(taskId: string, listener: () => void): {channel: TaskChannel; leave: () => void}
  /** Joins the readers of a workspace's events, until `leave`. */
  joinEvents(workspaceId: string): {pages: EventPages; leave: () => void}
  /** Tells the readers of a task what has just been committed (stream §6.2). */
  published(taskId: string, rows: readonly MessageRow[]): void
  /** Tasks with readers here. */
  readonly size: number
  stop(): void
}

export function createFeed(context: ServerContext): Feed {
  const channels = new Map<string, TaskChannel>()
  const pages = createMessagePages(context.db)
  const workspaces = new Map<string, EventPages>()
  return {
    join(taskId, listener) {
      const channel = channels.get(taskId) ?? new TaskChannel(context, pages, taskId)
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
    joinEvents(workspaceId) {
      const events = workspaces.get(workspaceId) ?? new EventPages(context, workspaceId)
      workspaces.set(workspaceId, events)
      events.readers++
      return {
        pages: events,
        leave() {
          events.readers--
          if (events.readers > 0 || workspaces.get(workspaceId) !== events) return
          events.close()
          workspaces.delete(workspaceId)
        },
      }
    },
    published(taskId, rows) {
      channels.get(taskId)?.offer(rows)
      context.wakeups.wakeElsewhere(taskTopic(taskId), rows.at(-1)?.seq)
    },
    get size() {
      return channels.size
    },
    stop() {
      for (const shared of [...channels.values(), ...workspaces.values()]) shared.close()
      channels.clear()
      workspaces.clear()
    },
  }
}
