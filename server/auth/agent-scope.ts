import {AppError} from '../../src/errors.js'
import type {TaskPrincipal} from './principal.js'

/** What an agent may do with its task token (design §4.8); everything else is refused. */
const ALLOWED: readonly {method: RegExp; path: RegExp}[] = [
  {method: /^GET$/, path: /^\/api\/issues(\/[^/]+(\/(comments|timeline|tasks|active-task))?)?\/?$/},
  {method: /^GET$/, path: /^\/api\/agents(\/[^/]+(\/(tasks|skills))?)?\/?$/},
  {method: /^GET$/, path: /^\/api\/workspaces(\/[^/]+(\/members)?)?\/?$/},
  {method: /^GET$/, path: /^\/api\/tasks(\/[^/]+(\/(messages(\/\d+)?|diff))?)?\/?$/},
  // Its own issue only: the routes compare it.
  {method: /^(PUT|PATCH)$/, path: /^\/api\/issues\/[^/]+\/?$/},
  {method: /^POST$/, path: /^\/api\/issues\/[^/]+\/comments\/?$/},
]

/** @throws AppError 403 for what an agent may not do, and for everything when its run has ended */
export function requireAgentScope(principal: TaskPrincipal, method: string, path: string): void {
  const allowed = ALLOWED.some((rule) => rule.method.test(method) && rule.path.test(path))
  if (!allowed) {
    throw new AppError(
      'forbidden',
      'a task token may read its workspace and write on its own issue',
    )
  }
  requireLiveRun(principal)
}

/** @throws AppError 403 for the token of a run that has ended */
export function requireLiveRun({ended}: TaskPrincipal): void {
  if (ended) throw new AppError('forbidden', 'the run of this token has ended')
}
