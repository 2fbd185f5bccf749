import {type Request, type Response, Router} from 'express'
import {notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {
  InputReceipt,
  NewTaskInput,
  NewTaskRequest,
  REQUEST_STATUSES,
  RequestAnswer,
  RequestClosing,
} from '../../src/protocol/task-request.js'
import type {Authenticator} from '../auth/authenticator.js'
import {type Guard, principalOf, queryText} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {jsonBody, parseBody} from '../http/body.js'
import {idempotent} from '../http/idempotency.js'
import {queryChoices} from '../http/params.js'
import type {InputService} from '../services/inputs.js'
import type {RequestService} from '../services/requests.js'
import {requireTaskAccess} from '../services/task-access.js'
import {requireHolder, requireWriter} from '../services/task-holder.js'

export interface PeopleRouterOptions {
  context: ServerContext
  guard: Guard
  authenticator: Authenticator
  requests: RequestService
  inputs: InputService
}

/** Running agents and people: what they ask each other, for people and for workers. */
export function peopleRouter(options: PeopleRouterOptions): Router {
  const router = Router()
  forPeople(router, options)
  forWorkers(router, options)
  return router
}

function forPeople(router: Router, {context, guard, requests, inputs}: PeopleRouterOptions): void {
  const access = async (req: Request, res: Response) =>
    (await requireTaskAccess(context, principalOf(res), String(req.params.id))).access
  const task = '/api/tasks/:id'
  router.get(`${task}/requests`, guard.principal, async (req, res) => {
    const statuses = queryChoices(req, 'status', REQUEST_STATUSES)
    res.json(await requests.list(await access(req, res), String(req.params.id), statuses))
  })
  router.post(`${task}/requests/:item/answer`, guard.principal, jsonBody(), async (req, res) => {
    const answer = parseBody(RequestAnswer, req)
    const member = await access(req, res)
    res.json(await requests.answer(member, String(req.params.id), itemOf(req, 'request'), answer))
  })
  router.post(
    `${task}/inputs`,
    guard.principal,
    jsonBody(),
    idempotent(context),
    async (req, res) => {
      const body = parseBody(NewTaskInput, req)
      const member = await access(req, res)
      res.status(201).json(await inputs.send(member, String(req.params.id), body))
    },
  )
  router.get(`${task}/inputs/:item`, guard.principal, async (req, res) => {
    const member = await access(req, res)
    res.json(await inputs.get(member, String(req.params.id), itemOf(req, 'message')))
  })
}

function forWorkers(router: Router, options: PeopleRouterOptions): void {
  const {context, authenticator, requests, inputs} = options
  const holderOf = async (req: Request) => {
    const holder = await requireHolder(context, authenticator, req.headers, String(req.params.id))
    requireWriter(holder)
    return holder
  }
  const task = '/api/daemon/tasks/:id'
  router.get(`${task}/inbox`, async (req, res) => {
    const ids = (queryText(req, 'requests') ?? '').split(',').flatMap((id) => parseUuid(id) ?? [])
    res.json(await inputs.inbox(await holderOf(req), ids))
  })
  router.post(`${task}/requests`, jsonBody(), async (req, res) => {
    const holder = await holderOf(req)
    res.json(await requests.file(holder, parseBody(NewTaskRequest, req)))
  })
  router.post(`${task}/requests/:item/close`, jsonBody(), async (req, res) => {
    const holder = await holderOf(req)
    const id = itemOf(req, 'request')
    res.json(await requests.close(holder, id, parseBody(RequestClosing, req)))
  })
  router.post(`${task}/inputs/:item`, jsonBody(), async (req, res) => {
    const holder = await holderOf(req)
    res.json(await inputs.settle(holder, itemOf(req, 'message'), parseBody(InputReceipt, req)))
  })
}

function itemOf(req: Request, what: string): string {
  const id = parseUuid(String(req.params.item))
  if (!id) throw notFound(what)
  return id
}
