import {type Request, type Response, Router} from 'express'
import {notFound} from '../../src/errors.js'
import {RetryBody, TASK_STATUSES} from '../../src/protocol/task.js'
import {patchOf} from '../../src/protocol/task-diff.js'
import {accessOf, type Guard, principalOf, queryText} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {jsonBody, parseBody} from '../http/body.js'
import {idempotent} from '../http/idempotency.js'
import {linkNextPage} from '../http/next-page.js'
import {queryChoices, queryId, queryNumber} from '../http/params.js'
import type {DiffService} from '../services/diffs.js'
import {requireTranscript} from '../services/retention.js'
import {requireTaskAccess} from '../services/task-access.js'
import type {TaskService} from '../services/tasks.js'

export interface TasksRouterOptions {
  context: ServerContext
  guard: Guard
  tasks: TaskService
  diffs: DiffService
}

const MAX_TASKS = 500

/** Runs as people see them; mounted at `/api/tasks`. A task's id is enough, without a workspace. */
export function tasksRouter({context, guard, tasks, diffs}: TasksRouterOptions): Router {
  const router = Router()
  router.get('/', guard.workspace, async (req, res) => {
    const filter = {
      limit: queryNumber(req, 'limit', {otherwise: 50, max: MAX_TASKS}),
      offset: queryNumber(req, 'offset', {otherwise: 0, max: Number.MAX_SAFE_INTEGER}),
      statuses: queryChoices(req, 'status', TASK_STATUSES),
      agentId: queryId(req, 'agent_id'),
      issue: queryText(req, 'issue_id'),
    }
    const list = await tasks.list(accessOf(res), filter)
    linkNextPage(req, res, {offset: filter.offset, count: list.tasks.length, total: list.total})
    res.json(list)
  })
  const access = async (req: Request, res: Response) =>
    (await requireTaskAccess(context, principalOf(res), String(req.params.id))).access
  router.get('/:id', guard.principal, async (req, res) => {
    res.json(await tasks.get(await access(req, res), String(req.params.id)))
  })
  router.get('/:id/diff', guard.principal, async (req, res) => {
    const {row} = await requireTaskAccess(context, principalOf(res), String(req.params.id))
    requireTranscript(row)
    const diff = await diffs.find(row.id)
    if (!diff) throw notFound('diff')
    res.set({'Cache-Control': 'private, no-cache', Vary: 'Accept'})
    if (req.accepts(['json', 'text/x-diff', 'text/plain']) === 'json') res.json(diff)
    else res.type('text/x-diff; charset=utf-8').send(patchOf(diff))
  })
  router.post('/:id/cancel', guard.principal, async (req, res) => {
    res.json(await tasks.cancel(await access(req, res), String(req.params.id)))
  })
  router.post('/:id/retry', guard.principal, jsonBody(), idempotent(context), async (req, res) => {
    const {resume, max_cost_usd: maxCost} = parseBody(RetryBody, req)
    const how = {resume, maxCost}
    res.status(201).json(await tasks.retry(await access(req, res), String(req.params.id), how))
  })
  return router
}
