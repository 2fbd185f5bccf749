import {once} from 'node:events'
import {type Request, type Response, Router} from 'express'
import {QueryTypes} from 'sequelize'
import {invalid, notFound} from '../../src/errors.js'
import {MAX_PAGE_MESSAGES} from '../../src/protocol/limits.js'
import type {Authenticator} from '../auth/authenticator.js'
import {type Guard, principalOf, queryText} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {withMembers} from '../feed/frame.js'
import {queryNumber} from '../http/params.js'
import type {Task as TaskRow} from '../models/task.js'
import {requireTranscript, requireUnbroken} from '../services/retention.js'
import {requireTaskAccess} from '../services/task-access.js'
import {requireHolder} from '../services/task-holder.js'

export interface MessagesRouterOptions {
  context: ServerContext
  guard: Guard
  authenticator: Authenticator
}

interface ListedRow {
  seq: number
  payload: string
  created_at: string | Date
}

const NDJSON = 'application/x-ndjson'
const MAX_SEQ = 2_147_483_647

/** Reading a transcript without following it (stream §4). */
export function messagesRouter({context, guard, authenticator}: MessagesRouterOptions): Router {
  const router = Router()
  router.get('/api/tasks/:id/messages', guard.principal, async (req, res) => {
    const {row} = await requireTaskAccess(context, principalOf(res), String(req.params.id))
    requireTranscript(row)
    if (notModified(req, res, row)) return
    // A link of a page cannot ask for a type by header.
    const asFile = queryText(req, 'format') === 'ndjson'
    if (asFile) res.attachment(`${row.id}.ndjson`)
    if (asFile || req.accepts(['application/json', NDJSON]) === NDJSON)
      await exportAll(context, row, req, res)
    else await list(context, row, req, res, MAX_PAGE_MESSAGES)
  })
  router.get('/api/tasks/:id/messages/:seq', guard.principal, async (req, res) => {
    const {row} = await requireTaskAccess(context, principalOf(res), String(req.params.id))
    requireTranscript(row)
    const seq = Number(req.params.seq)
    const rows = Number.isSafeInteger(seq) ? await read(context, row, seq - 1, 1) : []
    const [message] = rows
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

/** A sealed transcript never changes, so its mark is a whole validator. */
function notModified(req: Request, res: Response, row: TaskRow): boolean {
  if (!row.sealed_at) {
    res.set('Cache-Control', 'no-store')
    return false
  }
  res.set('ETag', `"${row.id}-${row.last_seq}"`)
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
  const since =
    tail === undefined
      ? queryNumber(req, 'since', {otherwise: 0, max: MAX_SEQ})
      : await sinceOfTail(context, row, tail)
  const limit = queryNumber(req, 'limit', {
    otherwise: maxLimit,
    min: 1,
    max: queryText(req, 'limit') === undefined ? maxLimit : MAX_PAGE_MESSAGES,
  })
  const rows = await read(context, row, since, Math.min(limit, MAX_SEQ - 1) + 1)
  const page = rows.slice(0, limit)
  await requireUnbroken(context, row, since, page[0]?.seq)
  if (rows.length > page.length) {
    const next = new URLSearchParams({
      since: String(page.at(-1)?.seq ?? since),
      limit: String(limit),
    })
    res.set('Link', `<${req.path}?${next}>; rel="next"`)
  }
  res.type('json').send(`[${page.map((message) => encode(row, message)).join(',')}]\n`)
}

async function sinceOfTail(context: ServerContext, row: TaskRow, tail: string): Promise<number> {
  if (!/^\d{1,9}$/.test(tail)) throw invalid('tail: must be a whole number of at least 0', 'tail')
  const [newest] = await context.db.sequelize.query<{seq: number | null}>(
    'SELECT MAX(seq) AS seq FROM task_message WHERE task_id = :id',
    {replacements: {id: row.id}, type: QueryTypes.SELECT},
  )
  return Math.max(0, (newest?.seq ?? 0) - Number(tail))
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
  for (;;) {
    const rows = await read(context, row, cursor, MAX_PAGE_MESSAGES)
    if (!(await isUnbroken(context, row, cursor, {res, first: rows[0]?.seq}))) return
    const last = rows.at(-1)
    if (!last || res.destroyed) break
    cursor = last.seq
    const text = rows.map((message) => `${encode(row, message)}\n`).join('')
    if (!res.write(text)) await roomIn(res)
  }
  res.end()
}

/** Resolves when more can be written, or when nobody reads any more. */
async function roomIn(res: Response): Promise<void> {
  if (res.destroyed) return
  const over = new AbortController()
  const {signal} = over
  await Promise.race([once(res, 'drain', {signal}), once(res, 'close', {signal})])
  // The other one listens no longer.
  over.abort()
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

function read(
  context: ServerContext,
  row: TaskRow,
  since: number,
  limit: number,
): Promise<ListedRow[]> {
  return context.db.sequelize.query<ListedRow>(
    `SELECT seq, payload, created_at FROM task_message
     WHERE task_id = :id AND seq > :since ORDER BY seq LIMIT :limit`,
    {replacements: {id: row.id, since, limit}, type: QueryTypes.SELECT},
  )
}

const encode = (row: TaskRow, message: ListedRow): string =>
  withMembers(message.payload, {
    task_id: row.id,
    issue_id: row.issue_id ?? null,
    created_at: new Date(message.created_at).toISOString(),
  })
