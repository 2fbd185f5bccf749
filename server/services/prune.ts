import {Op} from 'sequelize'
import type {ServerContext} from '../context.js'

const DAY_MS = 86_400_000
const EVENT_LIFE_MS = 30 * DAY_MS
/** So many events of each workspace are kept whatever their age. */
const KEEP_EVENTS = 10_000

/** Deletes old events, answers to repeated calls, and sign-ins that have ended. */
export async function prune(context: ServerContext): Promise<void> {
  const {Event, IdempotencyKey, SignInLink, WebSession, Workspace} = context.db.models
  const {write} = context.db
  const now = context.now()
  const ago = (ms: number) => new Date(now.getTime() - ms)
  await write(() => WebSession.destroy({where: {expires_at: {[Op.lt]: now}}}))
  await write(() => SignInLink.destroy({where: {expires_at: {[Op.lt]: now}}}))
  await write(() => IdempotencyKey.destroy({where: {created_at: {[Op.lt]: ago(DAY_MS)}}}))
  await write(() =>
    context.db.sequelize.query('DELETE FROM rate_limit WHERE resets_at < :now', {
      replacements: {now: now.getTime()},
    }),
  )
  const busy = await Workspace.findAll({
    where: {event_counter: {[Op.gt]: KEEP_EVENTS}},
    attributes: ['id', 'event_counter'],
  })
  for (const {id, event_counter} of busy) {
    await write(() =>
      Event.destroy({
        where: {
          workspace_id: id,
          seq: {[Op.lte]: event_counter - KEEP_EVENTS},
          created_at: {[Op.lt]: ago(EVENT_LIFE_MS)},
        },
      }),
    )
  }
}
