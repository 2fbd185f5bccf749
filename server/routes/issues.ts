import {type Request, type Response, Router} from 'express'
import {
  ISSUE_PRIORITIES,
  ISSUE_STATUSES,
  IssueChange,
  NewComment,
  NewIssue,
} from '../../src/protocol/issue.js'
import {accessOf, type Guard, queryText} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {jsonBody, parseBody} from '../http/body.js'
import {idempotent} from '../http/idempotency.js'
import {linkNextPage} from '../http/next-page.js'
import {queryChoices, queryId, queryNumber} from '../http/params.js'
import type {CommentService} from '../services/comments.js'
import type {IssueService} from '../services/issues.js'
import type {TaskService} from '../services/tasks.js'

export interface IssuesRouterOptions {
  context: ServerContext
  guard: Guard
  issues: IssueService
  comments: CommentService
  tasks: TaskService
}

const MAX_ISSUES = 500
const MAX_RUNS = 500

/** Issues, and all that hangs on one (contract §2.4–2.6); mounted at `/api/issues`. */
export function issuesRouter(options: IssuesRouterOptions): Router {
  const {context, guard, issues} = options
  const router = Router()
  router.use(guard.workspace)
  router.get('/', async (req, res) => {
    const filter = {
      limit: queryNumber(req, 'limit', {otherwise: 100, max: MAX_ISSUES}),
      offset: queryNumber(req, 'offset', {otherwise: 0, max: Number.MAX_SAFE_INTEGER}),
      statuses: queryChoices(req, 'status', ISSUE_STATUSES),
      priorities: queryChoices(req, 'priority', ISSUE_PRIORITIES),
      assigneeId: queryId(req, 'assignee_id'),
    }
    const list = await issues.list(accessOf(res), filter)
    linkNextPage(req, res, {offset: filter.offset, count: list.issues.length, total: list.total})
    res.json(list)
  })
  router.post('/', jsonBody(), idempotent(context), async (req, res) => {
    res.status(201).json(await issues.create(accessOf(res), parseBody(NewIssue, req)))
  })
  router.get('/:id', async (req, res) => {
    res.json(await issues.get(accessOf(res), named(req)))
  })
  const update = async (req: Request, res: Response) => {
    res.json(await issues.update(accessOf(res), named(req), parseBody(IssueChange, req)))
  }
  router.put('/:id', jsonBody(), update)
  router.patch('/:id', jsonBody(), update)
  router.delete('/:id', async (req, res) => {
    await issues.remove(accessOf(res), named(req))
    res.status(204).end()
  })
  partsOfAnIssue(router, options)
  return router
}

function partsOfAnIssue(router: Router, {context, comments, tasks}: IssuesRouterOptions): void {
  router.get('/:id/comments', async (req, res) => {
    res.json(await comments.list(accessOf(res), named(req)))
  })
  router.post('/:id/comments', jsonBody(), idempotent(context), async (req, res) => {
    const input = parseBody(NewComment, req)
    res.status(201).json(await comments.create(accessOf(res), named(req), input))
  })
  router.get('/:id/timeline', async (req, res) => {
    const limit = queryText(req, 'limit')
      ? queryNumber(req, 'limit', {otherwise: 0, min: 1, max: 1000})
      : undefined
    const page = await comments.timelinePage(accessOf(res), named(req), {
      limit,
      before: queryText(req, 'before'),
    })
    if (page.before !== undefined) res.links({next: olderPage(req, page.before)})
    res.json(page.entries)
  })
  router.get('/:id/active-task', async (req, res) => {
    res.json({task: await tasks.active(accessOf(res), named(req))})
  })
  router.get('/:id/tasks', async (req, res) => {
    const offset = queryNumber(req, 'offset', {otherwise: 0, max: Number.MAX_SAFE_INTEGER})
    const {tasks: runs, total} = await tasks.list(accessOf(res), {
      issue: named(req),
      limit: queryNumber(req, 'limit', {otherwise: 100, max: MAX_RUNS}),
      offset,
    })
    linkNextPage(req, res, {offset, count: runs.length, total})
    res.json(runs)
  })
}

/** The same request for what came before (contract §2.6: pages go back from the newest). */
function olderPage(req: Request, before: string): string {
  const url = new URL(req.originalUrl, 'http://server')
  url.searchParams.set('before', before)
  return `${url.pathname}${url.search}`
}

/** A UUID or an identifier; the services tell which. */
const named = (req: Request): string => String(req.params.id)
