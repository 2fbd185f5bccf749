import * as z from 'zod'
import {MAX_SEQ} from '../../src/protocol/limits.js'

/** Where a reader of `/api/events` stands: a workspace's event number and a seq for each named task. */
export interface EventsCursor {
  /** Which workspace's numbers these are. */
  workspaceId: string
  event: number
  tasks: Record<string, number>
}

const Seq = z.number().int().min(0).max(MAX_SEQ)
const Shape = z.object({
  w: z.string(),
  e: Seq,
  t: z.record(z.string(), Seq),
})

/** One opaque text over all of them, safe in a header and in a query (stream §5). */
export function encodeCursor(cursor: EventsCursor): string {
  const shape = {w: cursor.workspaceId, e: cursor.event, t: cursor.tasks}
  return Buffer.from(JSON.stringify(shape)).toString('base64url')
}

/** @returns undefined for a text that is no cursor of ours */
export function decodeCursor(text: string): EventsCursor | undefined {
  try {
    const parsed = Shape.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    if (!parsed.success) return undefined
    return {workspaceId: parsed.data.w, event: parsed.data.e, tasks: parsed.data.t}
  } catch {
    return undefined
  }
}
