import type {Store} from 'express-rate-limit'
import {QueryTypes} from 'sequelize'
import type {ServerContext} from '../context.js'

/**
 * Counts attempts in the database, so that a guesser gains nothing from several servers or from a
 * restart. One statement counts and reads, whatever else counts at the same moment.
 */
export function createRateLimitStore({db, now}: ServerContext, windowMs: number): Store {
  const write = (sql: string, replacements: object) =>
    db.write(() =>
      db.sequelize.query<{hits: number; resets_at: string | number}>(sql, {
        replacements: {...replacements} as Record<string, unknown>,
        type: QueryTypes.SELECT,
      }),
    )
  return {
    localKeys: false,
    async increment(key) {
      const at = now().getTime()
      const [row] = await write(
        // Sequelize gives no rows for an SQLite statement that begins with INSERT.
        `WITH unused AS (SELECT 1)
         INSERT INTO rate_limit (key, hits, resets_at) VALUES (:key, 1, :until)
         ON CONFLICT (key) DO UPDATE SET
           hits = CASE WHEN rate_limit.resets_at <= :at THEN 1 ELSE rate_limit.hits + 1 END,
           resets_at = CASE WHEN rate_limit.resets_at <= :at THEN :until ELSE rate_limit.resets_at END
         RETURNING hits, resets_at`,
        {key, at, until: at + windowMs},
      )
      const resetTime = new Date(Number(row?.resets_at ?? at + windowMs))
      return {totalHits: Number(row?.hits ?? 1), resetTime}
    },
    async decrement(key) {
      await write('UPDATE rate_limit SET hits = hits - 1 WHERE key = :key RETURNING hits', {key})
    },
    async resetKey(key) {
      await write('DELETE FROM rate_limit WHERE key = :key RETURNING hits', {key})
    },
  }
}
