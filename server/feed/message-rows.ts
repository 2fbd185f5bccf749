import {QueryTypes} from 'sequelize'
import type {Database} from '../database.js'
import {frame, withMembers} from './frame.js'

/** A stored message, unparsed. */
export interface MessageRow {
  seq: number
  payload: string
  /** The shorter form for streams; null when it is the same (stream §2). */
  live: string | null
}

/** Rows after a cursor, in order. */
export function readRows(
  db: Database,
  taskId: string,
  after: number,
  limit: number,
): Promise<MessageRow[]> {
  return db.sequelize.query<MessageRow>(
    'SELECT seq, payload, live FROM task_message WHERE task_id = :taskId AND seq > :after ORDER BY seq LIMIT :limit',
    {replacements: {taskId, after, limit}, type: QueryTypes.SELECT},
  )
}

/** Messages that follow each other, as bytes for streams. */
export interface Frames {
  firstSeq: number
  lastSeq: number
  /** With `id:` = seq, for the stream of one task. */
  withIds: Buffer
  /** Without ids, for a stream that has a cursor of its own. */
  withoutIds: () => Buffer
}

export interface TaskIds {
  task_id: string
  issue_id: string | null
}

/** Encodes rows once for all readers (stream §6.2). `rows` must not be empty. */
export function encodeFrames(rows: readonly MessageRow[], ids: TaskIds): Frames {
  const encode = (withId: boolean) =>
    Buffer.from(
      rows
        .map((row) => {
          const json = withMembers(row.live ?? row.payload, {...ids})
          return frame('task:message', json, withId ? row.seq : undefined)
        })
        .join(''),
    )
  let plain: Buffer | undefined
  return {
    firstSeq: rows[0]?.seq ?? 0,
    lastSeq: rows.at(-1)?.seq ?? 0,
    withIds: encode(true),
    withoutIds: () => {
      plain ??= encode(false)
      return plain
    },
  }
}
