import type {Request, RequestHandler, Response} from 'express'
import {AppError} from '../../src/errors.js'
import type {ServerContext} from '../context.js'
import {resolveAccess} from './access.js'
import {requireAgentScope} from './agent-scope.js'
import type {Authenticator} from './authenticator.js'
import type {Access, Principal, UserPrincipal} from './principal.js'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Express handlers that let requests in, and readers of what they found. */
export interface Guard {
  /** Any principal; task tokens only within their scope. */
  principal: RequestHandler
  /** People only. */
  user: RequestHandler
  /** A member, or an agent, of the workspace that the request names (contract §0.4). */
  workspace: RequestHandler
  /** Daemons and workers: people, and any task token (the routes compare it with the task). */
  daemon: RequestHandler
}

/** @param publicUrl what people type into their browser */
export function createGuard(
  context: ServerContext,
  authenticator: Authenticator,
  publicUrl: () => string,
): Guard {
  const authenticate = async (req: Request, res: Response): Promise<Principal> => {
    const principal = await authenticator.authenticate(req.headers)
    if (principal.kind === 'user' && principal.via === 'session')
      requireSameOrigin(req, publicUrl())
    res.locals.principal = principal
    return principal
  }
  const scoped = async (req: Request, res: Response): Promise<Principal> => {
    const principal = await authenticate(req, res)
    if (principal.kind === 'task') {
      requireAgentScope(principal, req.method, `${req.baseUrl}${req.path}`)
    }
    return principal
  }
  return {
    principal: async (req, res, next) => {
      await scoped(req, res)
      next()
    },
    user: async (req, res, next) => {
      const principal = await authenticate(req, res)
      if (principal.kind !== 'user')
        throw new AppError('forbidden', 'a person’s token is needed here')
      next()
    },
    workspace: async (req, res, next) => {
      const principal = await scoped(req, res)
      res.locals.access = await resolveAccess(context, principal, {
        workspace: queryText(req, 'workspace_id') ?? req.get('x-workspace-id'),
        agentId: req.get('x-agent-id'),
        taskId: req.get('x-task-id'),
      })
      next()
    },
    daemon: async (req, res, next) => {
      await authenticate(req, res)
      next()
    },
  }
}

/**
 * A cookie is sent by the browser itself: a state-changing request must come from our own pages. A
 * browser says so over https and to localhost; else its origin is compared with what it asked for and
 * with the public address, because a proxy may ask for the server by another name.
 */
function requireSameOrigin(req: Request, publicUrl: string): void {
  if (SAFE_METHODS.has(req.method)) return
  const site = req.get('sec-fetch-site')
  const origin = hostOf(req.get('origin'))
  const same = site
    ? site === 'same-origin'
    : origin !== undefined && [req.get('host'), hostOf(publicUrl)].includes(origin)
  if (!same) throw new AppError('forbidden', 'this request did not come from a page of this server')
}

const hostOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).host : undefined

export function principalOf(res: Response): Principal {
  return res.locals.principal as Principal
}

export function userOf(res: Response): UserPrincipal {
  const principal = principalOf(res)
  if (principal.kind !== 'user') throw new AppError('forbidden', 'a person’s token is needed here')
  return principal
}

export function accessOf(res: Response): Access {
  return res.locals.access as Access
}

/** A query parameter that stands once. */
export function queryText(req: Request, name: string): string | undefined {
  const value = req.query[name]
  const text = Array.isArray(value) ? value[0] : value
  return typeof text === 'string' && text !== '' ? text : undefined
}
