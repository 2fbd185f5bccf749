import {type Request, type Response, Router} from 'express'
import {invalid, notFound} from '../../src/errors.js'
import {MAX_PAGE_MESSAGES, MAX_SEQ} from '../../src/protocol/limits.js'
import type {Authenticator} from '../auth/authenticator.js'
import {type Guard, principalOf, queryText} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {withMembers} from '../feed/frame.js'
import {createPacedWriter} from '../http/paced-writer.js'
import {queryNumber} from '../http/params.js'
import type {Task as TaskRow} from '../models/task.js'
import {lastSeq} from '../services/last-seq.js'
import {requireTranscript, requireUnbroken} from '../services/retention.js'
import {readPage, type StoredMessage} from '../services/stored-messages.js'
import {requireTaskAccess} from '../services/task-access.js'
import {requireHolder} from '../services/task-holder.js'

export interface MessagesRouterOptions {
  context: ServerContext
  guard: Guard
  authenticator: Authenticator
}

const NDJSON = 'application/x-ndjson'

/** Reading a transcript without following it (stream §4). */
export function messagesRouter({context, guard, authenticator}: MessagesRouterOptions): Router {
  const router = Router()
  router.get('/api/tasks/:id/messages', guard.principal, async (req, res) => {
    const {row} = await requireTaskAccess(context, principalOf(res), String(req.params.id))
    requireTranscript(row)
    // A link of a page cannot ask for a type by header.
    const asFile = queryText(req, 'format') === 'ndjson'
    const type = asFile || req.accepts(['application/json', NDJSON]) === NDJSON ? 'ndjson' : 'json'
    res.vary('Accept')
    if (notModified(req, res, row, type)) return
    if (asFile) res.attachment(`${row.id}.ndjson`)
    if (type === 'ndjson') await exportAll(context, row, req, res)
    else await list(context, row, req, res, MAX_PAGE_MESSAGES)
  })
  router.get('/api/tasks/:id/messages/:seq', guard.principal, async (req, res) => {
    const {row} = await requireTaskAccess(context, principalOf(res), String(req.params.id))
    requireTranscript(row)
    const seq = Number(req.params.seq)
    const [message] = Number.isSafeInteger(seq)
      ? await readPage(context.db, row.id, {after: seq - 1, upTo: seq})
      : []
    if (!message) await requireUnbroken(context, row, seq - 1, undefined)
    if (message?.seq !== seq) throw notFound('message')
    res.type('json').send(`${encode(row, message)}\n`)
  })
  // The original's path: everything at once where nothing else is asked for (contract §1.10).
  router.get('/api/daemon/tasks/:id/messages', async (req, res) => {
    const {row} = await requireHolder(context, authenticator, req.headers, String(req.params.id))
    requireTranscript(row)
    await list(context, row, req, res, MAX_SEQ)
  })
  return router
}

/** A sealed transcript never changes, so its mark and the type of the answer are a whole validator. */
function notModified(req: Request, res: Response, row: TaskRow, type: string): boolean {
  if (!row.sealed_at) {
    res.set('Cache-Control', 'no-store')
    return false
  }
  res.set('ETag', `"${row.id}-${row.last_seq}-${type}"`)
  res.set('Cache-Control', 'private, no-cache')
  if (!req.fresh) return false
  res.status(304).end()
  return true
}

async function list(
  context: ServerContext,
  row: TaskRow,
  req: Request,
  res: Response,
  maxLimit: number,
): Promise<void> {
  const tail = queryText(req, 'tail')
  if (tail !== undefined && !/^\d{1,9}$/.test(tail))
    throw invalid('tail: must be a whole number of at least 0', 'tail')
  const given = tail === undefined ? queryNumber(req, 'since', {otherwise: 0, max: MAX_SEQ}) : 0
  const limit = queryNumber(req, 'limit', {
    otherwise: maxLimit,
    min: 1,
    max: queryText(req, 'limit') === undefined ? maxLimit : MAX_PAGE_MESSAGES,
  })
  const newest = await lastSeq(context.db, row.id)
  const since = tail === undefined ? given : Math.max(0, newest - Number(tail))
  const upTo = Math.min(newest, since + limit)
  const first = await readPage(context.db, row.id, {after: since, upTo})
  await requireUnbroken(context, row, since, first[0]?.seq)
  if (newest > upTo) {
    const next = new URLSearchParams({since: String(upTo), limit: String(limit)})
    res.set('Link', `<${req.path}?${next}>; rel="next"`)
  }
  res.type('json')
  await writeList(context, row, res, {first, upTo})
}

/**
 * The array, page by page, at the reader's pace; one page is sent as a whole, with its length. When the
 * rest is deleted meanwhile the connection is cut: nobody shall take a part for the whole.
 */
async function writeList(
  context: ServerContext,
  row: TaskRow,
  res: Response,
  {first, upTo}: {first: StoredMessage[]; upTo: number},
): Promise<void> {
  const write = createPacedWriter(res)
  let page = first
  let text = '['
  for (;;) {
    text += page.map((message) => encode(row, message)).join(',')
    const cursor = page.at(-1)?.seq ?? upTo
    if (cursor >= upTo) break
    await write(text)
    if (res.destroyed) return
    page = await readPage(context.db, row.id, {after: cursor, upTo})
    if (page[0]?.seq !== cursor + 1) {
      res.destroy()
      return
    }
    text = ','
  }
  if (res.headersSent) res.end(`${text}]\n`)
  else res.send(`${text}]\n`)
}

/**
 * The whole transcript as a file, page by page, at the reader's pace. When it is deleted meanwhile the
 * connection is cut: nobody shall take a part for the whole.
 */
async function exportAll(
  context: ServerContext,
  row: TaskRow,
  req: Request,
  res: Response,
): Promise<void> {
  let cursor = queryNumber(req, 'since', {otherwise: 0, max: MAX_SEQ})
  res.type(NDJSON)
  const write = createPacedWriter(res)
  for (;;) {
    const rows = await readPage(context.db, row.id, {after: cursor, upTo: MAX_SEQ})
    if (!(await isUnbroken(context, row, cursor, {res, first: rows[0]?.seq}))) return
    const last = rows.at(-1)
    if (!last || res.destroyed) break
    cursor = last.seq
    const text = rows.map((message) => `${encode(row, message)}\n`).join('')
    await write(text)
  }
  res.end()
}

/** @throws AppError 410 while that can still be told */
async function isUnbroken(
  context: ServerContext,
  row: TaskRow,
  cursor: number,
  {res, first}: {res: Response; first: number | undefined},
): Promise<boolean> {
  try {
    await requireUnbroken(context, row, cursor, first)
    return true
  } catch (error) {
    if (!res.headersSent) throw error
    res.destroy()
    return false
  }
}

const encode = (row: TaskRow, message: StoredMessage): string =>
  withMembers(message.payload, {
    task_id: row.id,
    issue_id: row.issue_id ?? null,
    created_at: new Date(message.created_at).toISOString(),
  })
