import type {Database} from '../database.js'
import {type Frames, framesOf, type TaskIds} from './message-frames.js'

/** Reads the messages of tasks for readers that are behind. */
export interface MessagePages {
  /**
   * The frames after a cursor: at most `limit` messages, and no more bytes than `PAGE_BYTES` and one
   * message; null when there is nothing.
   */
  read(ids: TaskIds, after: number, limit: number): Promise<Frames | null>
}

/** What a reader that does not take it keeps in memory (stream §6.3). */
const PAGE_BYTES = 384 * 1024

/**
 * The database writes the frames itself: one value a page instead of two a message halves the cost of
 * catching up (performance §2). `$1` is the head of every message's JSON, `$2` the task, `$3` the cursor.
 */
const FRAME = (lineEnd: string): string =>
  ["'id: '", 'seq', lineEnd, "'event: task:message'", lineEnd, "'data: '", '$1', 'substr(json, 2)']
    .concat(lineEnd, lineEnd)
    .join(' || ')

const ROWS = `SELECT seq, json, SUM(octet_length(json)) OVER (ORDER BY seq) - octet_length(json) AS bytes_before
  FROM (SELECT seq, COALESCE(live, payload) AS json FROM task_message
    WHERE task_id = $2 AND seq > $3 ORDER BY seq LIMIT $4) AS stored`

const SQLITE = `SELECT MIN(seq) AS first_seq, MAX(seq) AS last_seq,
    CAST(group_concat(${FRAME('char(10)')}, '') AS BLOB) AS frames
  FROM (${ROWS}) WHERE bytes_before < $5`

const POSTGRES = `SELECT MIN(seq) AS first_seq, MAX(seq) AS last_seq,
    string_agg(${FRAME('chr(10)').replace('$1', '$1::text')}, '' ORDER BY seq) AS frames
  FROM (${ROWS}) AS page WHERE bytes_before < $5`

interface Page {
  first_seq: number | null
  last_seq: number
  frames: Buffer | string
}

export function createMessagePages(db: Database): MessagePages {
  const statement = db.prepare(db.dialect === 'sqlite' ? SQLITE : POSTGRES)
  return {
    async read(ids, after, limit) {
      const head = `${JSON.stringify(ids).slice(0, -1)},`
      const [page] = await statement.run<Page>([head, ids.task_id, after, limit, PAGE_BYTES])
      if (!page || page.first_seq === null) return null
      return framesOf(page.first_seq, page.last_seq, page.frames)
    },
  }
}
