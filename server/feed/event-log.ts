import {QueryTypes, type Transaction} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import {cleanJson} from '../../src/protocol/message-limits.js'
import type {Database} from '../database.js'
import {taskTopic, type Wakeups, workspaceTopic} from './wakeups.js'

export interface AppendOptions {
  /** The task whose readers are to be woken as well. */
  taskId?: string
  /** The private agent that the events speak of; only those who may see it get them. */
  privateAgentId?: string
}

/** Writes a workspace's numbered events (stream §5). */
export interface EventLog {
  /**
   * Appends events in the caller's transaction, in order, with the next numbers of the workspace;
   * readers are woken after the commit. Call it last in a transaction: it locks the workspace's row.
   */
  append(
    tx: Transaction,
    workspaceId: string,
    events: WorkspaceEvent[],
    options?: AppendOptions,
  ): Promise<void>
}

export function createEventLog(db: Database, wakeups: Wakeups): EventLog {
  return {
    async append(tx, workspaceId, events, options = {}) {
      if (events.length === 0) return
      const last = await nextNumbers(db, tx, workspaceId, events.length)
      if (last === undefined) return
      const first = last - events.length + 1
      await db.models.Event.bulkCreate(
        events.map((event, index) => ({
          workspace_id: workspaceId,
          seq: first + index,
          type: event.type,
          payload: JSON.stringify(cleanJson(event.payload)),
          task_id: options.taskId ?? null,
          agent_id: options.privateAgentId ?? null,
        })),
        {transaction: tx},
      )
      tx.afterCommit(() => {
        wakeups.wake(workspaceTopic(workspaceId))
        if (options.taskId) wakeups.wake(taskTopic(options.taskId))
      })
    },
  }
}

/** Takes `count` numbers; undefined when the workspace is gone. The row stays locked until the commit, so numbers commit in order. */
async function nextNumbers(
  db: Database,
  tx: Transaction,
  workspaceId: string,
  count: number,
): Promise<number | undefined> {
  const rows = await db.sequelize.query<{event_counter: number}>(
    'UPDATE workspace SET event_counter = event_counter + :count WHERE id = :workspaceId RETURNING event_counter',
    {replacements: {count, workspaceId}, type: QueryTypes.SELECT, transaction: tx},
  )
  return rows[0]?.event_counter
}
