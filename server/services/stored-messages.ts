import {QueryTypes} from 'sequelize'
import {MAX_PAGE_MESSAGES} from '../../src/protocol/limits.js'
import type {Database} from '../database.js'

export interface StoredMessage {
  seq: number
  payload: string
  created_at: string | Date
}

/** A message in the short form of the live stream (stream §2). */
export interface ShortMessage {
  seq: number
  json: string
}

/** What a reading keeps in memory, beside one message: a message may have some MiB. */
const PAGE_BYTES = 1024 * 1024

/** Both databases know the size of a value without reading it, so what does not fit costs nothing. */
const PAGE = `SELECT seq, payload, created_at FROM task_message
  WHERE task_id = :taskId AND seq > :after AND seq <= (
    SELECT MAX(seq) FROM (
      SELECT seq, SUM(bytes) OVER (ORDER BY seq) - bytes AS bytes_before FROM (
        SELECT seq, octet_length(payload) AS bytes FROM task_message
        WHERE task_id = :taskId AND seq > :after AND seq <= :upTo ORDER BY seq LIMIT :limit
      ) AS stored
    ) AS page WHERE bytes_before < :bytes)
  ORDER BY seq`

const NEWEST = `SELECT seq, COALESCE(live, payload) AS json FROM task_message
  WHERE task_id = :taskId AND seq <= :upTo AND seq >= (
    SELECT MIN(seq) FROM (
      SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) - bytes AS bytes_after FROM (
        SELECT seq, COALESCE(octet_length(live), octet_length(payload)) AS bytes FROM task_message
        WHERE task_id = :taskId AND seq > :after AND seq <= :upTo
      ) AS stored
    ) AS page WHERE bytes_after < :bytes)
  ORDER BY seq`

/**
 * The first messages after a cursor, in order: at most `MAX_PAGE_MESSAGES`, and no more bytes than
 * `PAGE_BYTES` and one message. Empty only when there is none.
 */
export function readPage(
  db: Database,
  taskId: string,
  {after, upTo}: {after: number; upTo: number},
): Promise<StoredMessage[]> {
  return db.sequelize.query<StoredMessage>(PAGE, {
    replacements: {taskId, after, upTo, limit: MAX_PAGE_MESSAGES, bytes: PAGE_BYTES},
    type: QueryTypes.SELECT,
  })
}

/** The last messages of a range, in order: no more than `bytes` and one message. */
export function readNewest(
  db: Database,
  taskId: string,
  {after, upTo, bytes}: {after: number; upTo: number; bytes: number},
): Promise<ShortMessage[]> {
  return db.sequelize.query<ShortMessage>(NEWEST, {
    replacements: {taskId, after, upTo, bytes},
    type: QueryTypes.SELECT,
  })
}
