import {AppError, invalid, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import type {Role} from '../../src/protocol/workspace.js'
import type {ServerContext} from '../context.js'
import type {Access, Actor, Principal, UserPrincipal} from './principal.js'

/** Ids that a request names beside its principal (contract §0.4, §0.5). */
export interface Named {
  workspace: string | undefined
  agentId?: string | undefined
  taskId?: string | undefined
}

/**
 * A principal's place in the workspace that a request names, by UUID or by slug.
 * @throws AppError 400 without a name, 404 for an unknown workspace and for one of other people, 403
 *   for a person who acts as an agent without holding that agent's live task
 */
export async function resolveAccess(
  context: ServerContext,
  principal: Principal,
  named: Named,
): Promise<Access> {
  const wanted = named.workspace?.trim() || (principal.kind === 'task' ? principal.workspaceId : '')
  if (!wanted) throw invalid('workspace_id is required', 'workspace_id')
  const {Workspace} = context.db.models
  const id = parseUuid(wanted)
  const workspace = await Workspace.findOne({
    where: id ? {id} : {slug: wanted.toLowerCase()},
    attributes: ['id', 'slug'],
  })
  if (!workspace) throw notFound('workspace')
  const base = {workspaceId: workspace.id, workspaceSlug: workspace.slug, principal}
  if (principal.kind === 'task') {
    if (principal.workspaceId !== workspace.id) throw notFound('workspace')
    return {...base, role: 'member', actor: {type: 'agent', id: principal.agentId}}
  }
  const role = await memberRole(context, workspace.id, principal.userId)
  if (!role) throw notFound('workspace')
  return {...base, role, actor: await actorOf(context, workspace.id, principal, named)}
}

/** @returns the person's role, or undefined for somebody who is no member */
export async function memberRole(
  context: ServerContext,
  workspaceId: string,
  userId: string,
): Promise<Role | undefined> {
  const member = await context.db.models.Member.findOne({
    where: {workspace_id: workspaceId, user_id: userId},
    attributes: ['role'],
  })
  return member?.role
}

export function requireRole(access: Access, ...roles: Role[]): void {
  if (access.principal.kind === 'task' || !roles.includes(access.role)) {
    throw new AppError('forbidden', 'insufficient permissions')
  }
}

/** contract §0.5 with its note: both headers, matching and active, or 403. */
async function actorOf(
  context: ServerContext,
  workspaceId: string,
  principal: UserPrincipal,
  named: Named,
): Promise<Actor> {
  if (!named.agentId) return {type: 'member', id: principal.userId}
  const agentId = parseUuid(named.agentId)
  const taskId = parseUuid(named.taskId ?? '')
  const task =
    agentId && taskId
      ? await context.db.models.Task.findOne({
          where: {
            id: taskId,
            agent_id: agentId,
            workspace_id: workspaceId,
            status: ['dispatched', 'running'],
          },
        })
      : null
  const runtime = task && (await context.db.models.Runtime.findByPk(task.runtime_id))
  if (!task || runtime?.owner_id !== principal.userId) {
    throw new AppError('forbidden', 'X-Agent-ID needs the X-Task-ID of a live run of that agent')
  }
  return {type: 'agent', id: task.agent_id}
}
