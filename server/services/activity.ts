import type {Transaction} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {JsonObject} from '../../src/protocol/primitives.js'
import type {Actor} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {actorName} from './actor-names.js'
import {time} from './serialise.js'

export interface NewActivity {
  workspaceId: string
  issueId: string
  actor: Actor
  action: string
  details?: JsonObject
}

/** Stores what somebody did to an issue (contract §2.6). @returns the event that tells of it */
export async function recordActivity(
  context: ServerContext,
  tx: Transaction,
  activity: NewActivity,
): Promise<WorkspaceEvent> {
  const row = await context.db.models.Activity.create(
    {
      workspace_id: activity.workspaceId,
      issue_id: activity.issueId,
      actor_type: activity.actor.type,
      actor_id: activity.actor.id,
      action: activity.action,
      details: activity.details ?? {},
      created_at: context.now(),
    },
    {transaction: tx},
  )
  return {
    type: 'activity:created',
    payload: {
      issue_id: activity.issueId,
      entry: {
        type: 'activity',
        id: row.id,
        actor_type: activity.actor.type,
        actor_id: activity.actor.id,
        actor_name: await actorName(context, activity.actor, tx),
        action: row.action,
        details: row.details,
        created_at: time(row.created_at),
      },
    },
  }
}
