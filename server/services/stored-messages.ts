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

/**
 * Sizes are added up row by row until there are enough, and what comes after is not touched: SQLite, which
 * keeps these rows in their index, reads every row that a scan passes, whole. The step is a value and no
 * join, so that no plan can read all rows of a task at each. Messages follow each other without a hole.
 */
const PAGE = `WITH RECURSIVE page (seq, bytes, count) AS (
    SELECT MIN(seq) - 1, 0, 0 FROM task_message WHERE task_id = :taskId AND seq > :after
    UNION ALL
    SELECT seq + 1, bytes + (
      SELECT octet_length(m.payload) FROM task_message m
      WHERE m.task_id = :taskId AND m.seq = page.seq + 1), count + 1
    FROM page WHERE bytes < :bytes AND count < :limit AND seq < :upTo)
  SELECT seq, payload, created_at FROM task_message
  WHERE task_id = :taskId AND seq > :after AND seq <= (SELECT MAX(seq) FROM page) ORDER BY seq`

const NEWEST = `WITH RECURSIVE page (seq, bytes) AS (
    SELECT :upTo + 1, 0
    UNION ALL
    SELECT seq - 1, bytes + (
      SELECT COALESCE(octet_length(m.live), octet_length(m.payload)) FROM task_message m
      WHERE m.task_id = :taskId AND m.seq = page.seq - 1)
    FROM page WHERE bytes < :bytes AND seq - 1 > :after)
  SELECT seq, COALESCE(live, payload) AS json FROM task_message
  WHERE task_id = :taskId AND seq <= :upTo AND seq >= (SELECT MIN(seq) FROM page) ORDER BY seq`

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
