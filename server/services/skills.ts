import {type Transaction, UniqueConstraintError} from 'sequelize'
import type {z} from 'zod'
import {notFound} from '../../src/errors.js'
import type {NewSkill, Skill, SkillChange, SkillFile} from '../../src/protocol/agent.js'
import {requireRole} from '../auth/access.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Skill as SkillRow} from '../models/skill.js'
import {serialiseSkill} from './agent-view.js'
import {conflict} from './agents.js'
import {time} from './serialise.js'

/** Skills of a workspace (contract §2.8). */
export type SkillService = ReturnType<typeof createSkillService>

export function createSkillService(context: ServerContext) {
  const {db, events} = context
  const {Skill: Skills} = db.models
  return {
    async list(access: Access): Promise<Skill[]> {
      const rows = await Skills.findAll({
        where: {workspace_id: access.workspaceId},
        order: [['name', 'ASC']],
      })
      return rows.map(serialiseSkill)
    },

    async get(access: Access, id: string): Promise<Skill> {
      return withFiles(context, await requireSkill(context, access, id))
    },

    async create(access: Access, input: z.output<typeof NewSkill>): Promise<Skill> {
      requireRole(access, 'owner', 'admin')
      return uniqueName(() =>
        db.transaction(async (tx) => {
          const row = await Skills.create(
            {
              workspace_id: access.workspaceId,
              name: input.name,
              description: input.description ?? '',
              content: input.content ?? '',
              config: input.config ?? {},
              created_by: access.principal.kind === 'user' ? access.principal.userId : null,
            },
            {transaction: tx},
          )
          await replaceFiles(context, row, input.files ?? [], tx)
          const skill = await withFiles(context, row, tx)
          await events.append(tx, access.workspaceId, [{type: 'skill:created', payload: {skill}}])
          return skill
        }),
      )
    },

    async update(access: Access, id: string, change: z.output<typeof SkillChange>): Promise<Skill> {
      requireRole(access, 'owner', 'admin')
      return uniqueName(() =>
        db.transaction(async (tx) => {
          const row = await requireSkill(context, access, id, tx)
          const {files, ...rest} = change
          const given = Object.entries(rest).filter(
            ([, value]) => value !== undefined && value !== null,
          )
          await row.update(Object.fromEntries(given), {transaction: tx})
          if (files) await replaceFiles(context, row, files, tx)
          const skill = await withFiles(context, row, tx)
          await events.append(tx, access.workspaceId, [{type: 'skill:updated', payload: {skill}}])
          return skill
        }),
      )
    },

    async remove(access: Access, id: string): Promise<void> {
      requireRole(access, 'owner', 'admin')
      await db.transaction(async (tx) => {
        const row = await requireSkill(context, access, id, tx)
        await row.destroy({transaction: tx})
        await events.append(tx, access.workspaceId, [
          {type: 'skill:deleted', payload: {skill_id: row.id}},
        ])
      })
    },
  }
}

async function uniqueName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UniqueConstraintError) {
      throw conflict('a skill with this name already exists', 'name')
    }
    throw error
  }
}

async function requireSkill(
  context: ServerContext,
  access: Access,
  id: string,
  tx?: Transaction,
): Promise<SkillRow> {
  const row = await context.db.models.Skill.findOne({
    where: {id, workspace_id: access.workspaceId},
    ...(tx && {transaction: tx}),
  })
  if (!row) throw notFound('skill')
  return row
}

async function replaceFiles(
  context: ServerContext,
  row: SkillRow,
  files: readonly {path: string; content: string}[],
  tx: Transaction,
): Promise<void> {
  const {SkillFile: Files} = context.db.models
  await Files.destroy({where: {skill_id: row.id}, transaction: tx})
  // The last one wins where a path is named twice.
  const byPath = new Map(files.map((file) => [file.path, file]))
  await Files.bulkCreate(
    [...byPath.values()].map((file) => ({
      skill_id: row.id,
      path: file.path,
      content: file.content,
    })),
    {transaction: tx},
  )
}

async function withFiles(context: ServerContext, row: SkillRow, tx?: Transaction): Promise<Skill> {
  const files = await context.db.models.SkillFile.findAll({
    where: {skill_id: row.id},
    order: [['path', 'ASC']],
    ...(tx && {transaction: tx}),
  })
  return {
    ...serialiseSkill(row),
    files: files.map(
      (file): SkillFile => ({
        id: file.id,
        skill_id: file.skill_id,
        path: file.path,
        content: file.content,
        created_at: time(file.created_at),
        updated_at: time(file.updated_at),
      }),
    ),
  }
}
