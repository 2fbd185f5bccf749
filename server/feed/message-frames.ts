import {type Chunk, chunkOf} from './chunk.js'
import {frame, withMembers} from './frame.js'

/** A stored message, unparsed. */
export interface MessageRow {
  seq: number
  payload: string
  /** The shorter form for streams; null when it is the same (stream §2). */
  live: string | null
}

/** Messages that follow each other, as bytes for streams. */
export interface Frames {
  firstSeq: number
  lastSeq: number
  /** With `id:` = seq, for the stream of one task. */
  withIds: Chunk
  /** Without ids, for a stream that has a cursor of its own. */
  withoutIds: () => Buffer
}

/** What every message on a stream says beside what is stored of it. */
export interface TaskIds {
  task_id: string
  issue_id: string | null
}

/** Encodes rows once for all readers (stream §6.2). `rows` must not be empty. */
export function encodeFrames(rows: readonly MessageRow[], ids: TaskIds): Frames {
  const text = rows
    .map((row) => frame('task:message', withMembers(row.live ?? row.payload, {...ids}), row.seq))
    .join('')
  return framesOf(rows[0]?.seq ?? 0, rows.at(-1)?.seq ?? 0, text)
}

/** @param bytes frames with ids */
export function framesOf(firstSeq: number, lastSeq: number, bytes: Buffer | string): Frames {
  const withIds = chunkOf(bytes)
  let plain: Buffer | undefined
  return {
    firstSeq,
    lastSeq,
    withIds,
    withoutIds: () => {
      plain ??= Buffer.from(withIds.plain.toString().replace(ID_LINE, ''))
      return plain
    },
  }
}

/** The first line of each frame; JSON has no raw line end in which another could hide. */
const ID_LINE = /(?<=^|\n\n)id: \d+\n/g
