import {type Transaction, UniqueConstraintError} from 'sequelize'
import type {z} from 'zod'
import {AppError, invalid, notFound} from '../../src/errors.js'
import type {
  Member,
  NewWorkspace,
  Role,
  Workspace,
  WorkspaceChange,
} from '../../src/protocol/workspace.js'
import {requireRole} from '../auth/access.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {userTopic} from '../feed/wakeups.js'
import type {Member as MemberRow} from '../models/member.js'
import {serialiseWorkspace, time} from './serialise.js'
import type {TaskEnding} from './task-ending.js'
import {wakeMembers, wakeReadersOf} from './wake-readers.js'

/** Workspaces and who belongs to them (contract §2.3). */
export type WorkspaceService = ReturnType<typeof createWorkspaceService>

export function createWorkspaceService(context: ServerContext, ending: TaskEnding) {
  const {db, events} = context
  const {Workspace: Workspaces, Member: Members} = db.models
  return {
    async list(userId: string): Promise<Workspace[]> {
      const memberships = await Members.findAll({where: {user_id: userId}})
      const rows = await Workspaces.findAll({
        where: {id: memberships.map((member) => member.workspace_id)},
        order: [
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
      })
      return rows.map(serialiseWorkspace)
    },

    async get(workspaceId: string): Promise<Workspace> {
      return serialiseWorkspace(await requireWorkspace(context, workspaceId))
    },

    async create(userId: string, input: z.output<typeof NewWorkspace>): Promise<Workspace> {
      try {
        return await db.transaction(async (tx) => {
          const row = await Workspaces.create(
            {
              name: input.name,
              slug: input.slug,
              description: input.description ?? null,
              context: input.context ?? null,
              issue_prefix: input.issue_prefix || issuePrefix(input.name),
            },
            {transaction: tx},
          )
          await Members.create(
            {workspace_id: row.id, user_id: userId, role: 'owner'},
            {transaction: tx},
          )
          return serialiseWorkspace(row)
        })
      } catch (error) {
        if (error instanceof UniqueConstraintError) {
          throw new AppError('conflict', 'workspace slug already exists', {field: 'slug'})
        }
        throw error
      }
    },

    async update(access: Access, change: z.output<typeof WorkspaceChange>): Promise<Workspace> {
      requireRole(access, 'owner', 'admin')
      return db.transaction(async (tx) => {
        const row = await requireWorkspace(context, access.workspaceId, tx)
        const {issue_prefix, ...rest} = change
        const given = Object.entries({...rest, ...(issue_prefix && {issue_prefix})})
        await row.update(
          Object.fromEntries(
            given.filter(
              ([name, value]) =>
                value !== undefined && (value !== null || name === 'retention_days'),
            ),
          ),
          {transaction: tx},
        )
        const workspace = serialiseWorkspace(row)
        await events.append(tx, row.id, [{type: 'workspace:updated', payload: {workspace}}])
        return workspace
      })
    },

    async remove(access: Access): Promise<void> {
      requireRole(access, 'owner')
      await db.transaction(async (tx) => {
        const where = {workspace_id: access.workspaceId}
        await ending.cancelWhere(tx, where, 'issue_deleted')
        await wakeReadersOf(context, tx, where)
        await wakeMembers(context, tx, access.workspaceId)
        await events.append(tx, access.workspaceId, [
          {type: 'workspace:deleted', payload: {workspace_id: access.workspaceId}},
        ])
        // Agents refer to runtimes with RESTRICT, so they go first.
        await db.models.Agent.destroy({where, transaction: tx})
        await Workspaces.destroy({where: {id: access.workspaceId}, transaction: tx})
      })
    },

    members: (workspaceId: string): Promise<Member[]> => listMembers(context, workspaceId),

    async addMember(access: Access, user: {id: string}, role: Role): Promise<Member> {
      requireRole(access, 'owner', 'admin')
      requireOwnerFor(access, role)
      try {
        return await db.transaction(async (tx) => {
          const workspace = await requireWorkspace(context, access.workspaceId, tx)
          const row = await Members.create(
            {workspace_id: access.workspaceId, user_id: user.id, role},
            {transaction: tx},
          )
          const member = await memberOf(context, row, tx)
          await events.append(tx, access.workspaceId, [
            {type: 'member:added', payload: {member, workspace_name: workspace.name}},
          ])
          return member
        })
      } catch (error) {
        if (error instanceof UniqueConstraintError) {
          throw new AppError('conflict', 'user is already a member', {field: 'email'})
        }
        throw error
      }
    },

    async changeRole(access: Access, memberId: string, role: Role): Promise<Member> {
      requireRole(access, 'owner', 'admin')
      return db.transaction(async (tx) => {
        const row = await requireMember(context, access.workspaceId, memberId, tx)
        requireOwnerFor(access, row.role)
        requireOwnerFor(access, role)
        if (row.role === 'owner' && role !== 'owner')
          await keepOneOwner(context, access.workspaceId, tx)
        await row.update({role}, {transaction: tx})
        tx.afterCommit(() => context.wakeups.wake(userTopic(row.user_id)))
        const member = await memberOf(context, row, tx)
        await events.append(tx, access.workspaceId, [{type: 'member:updated', payload: {member}}])
        return member
      })
    },

    /** @param self somebody leaves; otherwise an owner or admin removes somebody */
    async removeMember(access: Access, memberId: string, self = false): Promise<void> {
      if (!self) requireRole(access, 'owner', 'admin')
      await db.transaction(async (tx) => {
        const row = await requireMember(context, access.workspaceId, memberId, tx)
        if (!self) requireOwnerFor(access, row.role)
        if (row.role === 'owner') await keepOneOwner(context, access.workspaceId, tx)
        await row.destroy({transaction: tx})
        tx.afterCommit(() => context.wakeups.wake(userTopic(row.user_id)))
        await events.append(tx, access.workspaceId, [
          {
            type: 'member:removed',
            payload: {member_id: row.id, workspace_id: row.workspace_id, user_id: row.user_id},
          },
        ])
      })
    },

    async membershipOf(workspaceId: string, userId: string): Promise<string> {
      const row = await Members.findOne({where: {workspace_id: workspaceId, user_id: userId}})
      if (!row) throw notFound('member')
      return row.id
    },
  }
}

/** Letters A–Z of the name, upper-cased, the first three; `WS` if there are none (contract §2.3). */
export function issuePrefix(name: string): string {
  return (
    name
      .toUpperCase()
      .replace(/[^A-Z]/g, '')
      .slice(0, 3) || 'WS'
  )
}

async function requireWorkspace(context: ServerContext, id: string, tx?: Transaction) {
  const row = await context.db.models.Workspace.findByPk(id, tx ? {transaction: tx} : {})
  if (!row) throw notFound('workspace')
  return row
}

async function requireMember(
  context: ServerContext,
  workspaceId: string,
  memberId: string,
  tx: Transaction,
) {
  const row = await context.db.models.Member.findOne({
    where: {id: memberId, workspace_id: workspaceId},
    transaction: tx,
  })
  if (!row) throw notFound('member')
  return row
}

/** Only an owner makes, changes or removes owners. */
function requireOwnerFor(access: Access, role: Role): void {
  if (role === 'owner') requireRole(access, 'owner')
}

async function keepOneOwner(context: ServerContext, workspaceId: string, tx: Transaction) {
  const owners = await context.db.models.Member.count({
    where: {workspace_id: workspaceId, role: 'owner'},
    transaction: tx,
  })
  if (owners <= 1) throw invalid('workspace must have at least one owner', 'role')
}

async function memberOf(context: ServerContext, row: MemberRow, tx?: Transaction): Promise<Member> {
  const user = await context.db.models.User.findByPk(row.user_id, tx ? {transaction: tx} : {})
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    user_id: row.user_id,
    role: row.role,
    created_at: time(row.created_at),
    name: user?.name ?? '',
    email: user?.email ?? '',
    avatar_url: user?.avatar_url ?? null,
  }
}

async function listMembers(context: ServerContext, workspaceId: string): Promise<Member[]> {
  const rows = await context.db.models.Member.findAll({
    where: {workspace_id: workspaceId},
    order: [
      ['created_at', 'ASC'],
      ['id', 'ASC'],
    ],
  })
  return Promise.all(rows.map((row) => memberOf(context, row)))
}
