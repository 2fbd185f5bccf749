import {type Request, type RequestHandler, type Response, Router} from 'express'
import {AppError, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {
  MemberChange,
  NewMember,
  NewWorkspace,
  PruneBody,
  WorkspaceChange,
} from '../../src/protocol/workspace.js'
import {requireRole, resolveAccess} from '../auth/access.js'
import {accessOf, type Guard, principalOf, userOf} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {giveBack} from '../free-space.js'
import {jsonBody, parseBody} from '../http/body.js'
import {idempotent} from '../http/idempotency.js'
import type {AccountService} from '../services/accounts.js'
import {countOld, pruneTranscripts} from '../services/retention.js'
import type {WorkspaceService} from '../services/workspaces.js'

export interface WorkspacesRouterOptions {
  context: ServerContext
  guard: Guard
  workspaces: WorkspaceService
  accounts: AccountService
}

/** Workspaces and their members (contract §2.3). The workspace stands in the path, by UUID or slug. */
export function workspacesRouter(options: WorkspacesRouterOptions): Router {
  const {context, guard, workspaces} = options
  const router = Router()
  const inPath: RequestHandler = async (req, res, next) => {
    const workspace = String(req.params.id)
    res.locals.access = await resolveAccess(context, principalOf(res), {workspace})
    next()
  }
  router.get('/', guard.principal, async (_req, res) => {
    const principal = principalOf(res)
    res.json(
      principal.kind === 'user'
        ? await workspaces.list(principal.userId)
        : [await workspaces.get(principal.workspaceId)],
    )
  })
  router.post('/', guard.user, jsonBody(), idempotent(context), async (req, res) => {
    res.status(201).json(await workspaces.create(userOf(res).userId, parseBody(NewWorkspace, req)))
  })
  router.get('/:id', guard.principal, inPath, async (_req, res) => {
    res.json(await workspaces.get(accessOf(res).workspaceId))
  })
  const update = async (req: Request, res: Response) => {
    res.json(await workspaces.update(accessOf(res), parseBody(WorkspaceChange, req)))
  }
  router.put('/:id', guard.user, inPath, jsonBody(), update)
  router.patch('/:id', guard.user, inPath, jsonBody(), update)
  router.post('/:id/prune', guard.user, inPath, jsonBody(), async (req, res) => {
    const access = accessOf(res)
    requireRole(access, 'owner', 'admin')
    const {older_than_days: days, dry_run: dryRun} = parseBody(PruneBody, req)
    const before = new Date(context.now().getTime() - days * 86_400_000)
    const what = {workspaceId: access.workspaceId, before}
    if (dryRun) {
      res.json(await countOld(context, what))
      return
    }
    const answer = await pruneTranscripts(context, what)
    const note = answer.more ? undefined : await giveBack(context.db)
    res.json({...answer, ...(note && {note})})
  })
  router.delete('/:id', guard.user, inPath, async (_req, res) => {
    await workspaces.remove(accessOf(res))
    res.status(204).end()
  })
  members(router, options, inPath)
  return router
}

function members(
  router: Router,
  {guard, workspaces, accounts}: WorkspacesRouterOptions,
  inPath: RequestHandler,
): void {
  const memberId = (req: Request): string => {
    const id = parseUuid(String(req.params.memberId))
    if (!id) throw notFound('member')
    return id
  }
  router.post('/:id/leave', guard.user, inPath, async (_req, res) => {
    const access = accessOf(res)
    const id = await workspaces.membershipOf(access.workspaceId, userOf(res).userId)
    await workspaces.removeMember(access, id, true)
    res.status(204).end()
  })
  router.get('/:id/members', guard.principal, inPath, async (_req, res) => {
    res.json(await workspaces.members(accessOf(res).workspaceId))
  })
  router.post('/:id/members', guard.user, inPath, jsonBody(), async (req, res) => {
    const access = accessOf(res)
    if (access.role === 'member') throw new AppError('forbidden', 'insufficient permissions')
    const {email, role} = parseBody(NewMember, req)
    const user = await accounts.userOfEmail(email)
    res.status(201).json(await workspaces.addMember(access, user, role))
  })
  router.patch('/:id/members/:memberId', guard.user, inPath, jsonBody(), async (req, res) => {
    const {role} = parseBody(MemberChange, req)
    res.json(await workspaces.changeRole(accessOf(res), memberId(req), role))
  })
  router.delete('/:id/members/:memberId', guard.user, inPath, async (req, res) => {
    await workspaces.removeMember(accessOf(res), memberId(req))
    res.status(204).end()
  })
}
