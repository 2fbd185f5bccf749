import {Op} from 'sequelize'
import type {ServerContext} from '../context.js'

const DAY_MS = 86_400_000
const EVENT_LIFE_MS = 30 * DAY_MS
/** So many events of each workspace are kept whatever their age, and not more than so many. */
const KEEP_EVENTS = 10_000
const MAX_EVENTS = 100_000
/** Rows of one statement, so that nobody waits long for the writer. */
const PORTION = 1000

/** Deletes old events, answers to repeated calls, and sign-ins that have ended. */
export async function prune(context: ServerContext, signal?: AbortSignal): Promise<void> {
  const {IdempotencyKey, SignInLink, WebSession} = context.db.models
  const now = context.now()
  const ended = {where: {expires_at: {[Op.lt]: now}}, limit: PORTION}
  const answered = {
    where: {created_at: {[Op.lt]: new Date(now.getTime() - DAY_MS)}},
    limit: PORTION,
  }
  const inPortions = async (destroy: () => Promise<number>) => {
    while ((await context.db.write(destroy)) > 0) signal?.throwIfAborted()
  }
  await inPortions(() => WebSession.destroy(ended))
  await inPortions(() => SignInLink.destroy(ended))
  await inPortions(() => IdempotencyKey.destroy(answered))
  await context.db.write(() =>
    context.db.sequelize.query('DELETE FROM rate_limit WHERE resets_at < :now', {
      replacements: {now: now.getTime()},
    }),
  )
  await pruneEvents(context, inPortions)
}

/** Readers whose cursor is older than what is left are told to read anew (stream §5). */
async function pruneEvents(
  {db, now}: ServerContext,
  inPortions: (destroy: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const {Event, Workspace} = db.models
  const busy = await Workspace.findAll({
    where: {event_counter: {[Op.gt]: KEEP_EVENTS}},
    attributes: ['id', 'event_counter'],
  })
  const old = new Date(now().getTime() - EVENT_LIFE_MS)
  for (const {id, event_counter: newest} of busy) {
    const upTo = (seq: number) => ({workspace_id: id, seq: {[Op.lte]: seq}})
    const oldOnes = {...upTo(newest - KEEP_EVENTS), created_at: {[Op.lt]: old}}
    await inPortions(() => Event.destroy({where: upTo(newest - MAX_EVENTS), limit: PORTION}))
    await inPortions(() => Event.destroy({where: oldOnes, limit: PORTION}))
  }
}
