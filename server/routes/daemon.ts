import {type Request, type RequestHandler, type Response, Router} from 'express'
import {PingResult} from '../../src/protocol/ping.js'
import {DeregisterBody, HeartbeatBody, RegisterBody} from '../../src/protocol/runtime.js'
import {
  CancelledBody,
  CompleteBody,
  FailBody,
  ProgressBody,
  SessionBody,
  type Task,
} from '../../src/protocol/task.js'
import {DiffBody} from '../../src/protocol/task-diff.js'
import type {Authenticator} from '../auth/authenticator.js'
import {type Guard, userOf} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {jsonBody, largeJsonBody, parseBody} from '../http/body.js'
import type {ClaimService} from '../services/claims.js'
import type {DiffService} from '../services/diffs.js'
import type {PingService} from '../services/pings.js'
import type {RunService} from '../services/runs.js'
import type {RuntimeService} from '../services/runtimes.js'
import {requireHolder, requireWriter, type TaskHolder} from '../services/task-holder.js'

export interface DaemonRouterOptions {
  context: ServerContext
  guard: Guard
  authenticator: Authenticator
  runtimes: RuntimeService
  pings: PingService
  claims: ClaimService
  runs: RunService
  diffs: DiffService
}

/** What daemons and workers call (contract §1); mounted at `/api/daemon`. */
export function daemonRouter(options: DaemonRouterOptions): Router {
  const {guard, runtimes, pings} = options
  const router = Router()
  router.post('/register', guard.user, jsonBody(), async (req, res) => {
    res.json(await runtimes.register(userOf(res).userId, parseBody(RegisterBody, req)))
  })
  router.post('/deregister', guard.user, jsonBody(), async (req, res) => {
    const {runtime_ids: ids} = parseBody(DeregisterBody, req)
    await runtimes.deregister(userOf(res).userId, ids)
    res.json({status: 'ok'})
  })
  router.post('/heartbeat', guard.user, jsonBody(), async (req, res) => {
    const {runtime_id: id} = parseBody(HeartbeatBody, req)
    const runtimeId = await runtimes.heartbeat(userOf(res).userId, id)
    const ping = await pings.take(runtimeId)
    res.json({status: 'ok', ...(ping && {pending_ping: ping})})
  })
  queueRoutes(router, options)
  taskRoutes(router, options)
  return router
}

function queueRoutes(router: Router, {guard, runtimes, pings, claims}: DaemonRouterOptions): void {
  router.post('/runtimes/:id/ping/:ping/result', guard.user, jsonBody(), async (req, res) => {
    const {id, ping} = req.params
    await pings.report(userOf(res).userId, String(id), String(ping), parseBody(PingResult, req))
    res.json({status: 'ok'})
  })
  router.post('/runtimes/:id/tasks/claim', guard.user, async (req, res) => {
    const task = await claims.claim(userOf(res).userId, String(req.params.id), hangUp(res))
    res.json({task})
  })
  router.get('/runtimes/:id/tasks/pending', guard.user, async (req, res) => {
    res.json(await runtimes.pending(userOf(res).userId, String(req.params.id)))
  })
}

/** Calls about one task, by whoever holds it (stream §3, §8). */
function taskRoutes(router: Router, options: DaemonRouterOptions): void {
  const {context, authenticator, runs, diffs} = options
  const holderOf = (req: Request) =>
    requireHolder(context, authenticator, req.headers, String(req.params.id))
  const write = (work: (holder: TaskHolder, req: Request) => Promise<Task>): RequestHandler => {
    return async (req, res) => {
      const holder = await holderOf(req)
      requireWriter(holder)
      res.json(await work(holder, req))
    }
  }
  router.get('/tasks/:id/status', async (req, res) => {
    const {row} = await holderOf(req)
    res.json({status: row.status})
  })
  router.post(
    '/tasks/:id/start',
    write((holder) => runs.start(holder)),
  )
  router.post('/tasks/:id/progress', jsonBody(), async (req, res) => {
    const holder = await holderOf(req)
    requireWriter(holder)
    await runs.progress(holder, parseBody(ProgressBody, req))
    res.json({status: 'ok'})
  })
  router.post(
    '/tasks/:id/session',
    jsonBody(),
    write((holder, req) => runs.session(holder, parseBody(SessionBody, req))),
  )
  router.put('/tasks/:id/diff', largeJsonBody(), async (req, res) => {
    const holder = await holderOf(req)
    requireWriter(holder)
    await diffs.store(holder, parseBody(DiffBody, req))
    res.json({status: 'ok'})
  })
  router.post(
    '/tasks/:id/complete',
    largeJsonBody(),
    write((holder, req) => runs.complete(holder, parseBody(CompleteBody, req))),
  )
  router.post(
    '/tasks/:id/fail',
    largeJsonBody(),
    write((holder, req) => runs.fail(holder, parseBody(FailBody, req))),
  )
  router.post(
    '/tasks/:id/cancelled',
    jsonBody(),
    write((holder, req) => runs.cancelled(holder, parseBody(CancelledBody, req))),
  )
}

/** Aborted when the client goes away before it has its answer. */
function hangUp(res: Response): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) gone.abort()
  })
  return gone.signal
}
