import {Op, type Transaction} from 'sequelize'
import type {AgentForTask, AgentSkill} from '../../src/protocol/agent.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'
import type {Task as TaskRow} from '../models/task.js'
import {localDirOf} from './issue-resolver.js'
import {viewTask} from './task-view.js'

/** Of unanswered comments the newest so many are named. */
const MAX_COMMENTS = 200

/**
 * Everything that a claim hands out beside the task (contract §1.6), read fresh: agent with skills,
 * repositories, the session to resume, and the comments that no run has answered yet.
 * @returns a function that adds the task as it stands after the claim
 */
export async function packTask(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  runtime: RuntimeRow,
  agent: AgentRow,
): Promise<(row: TaskRow, token: string | undefined) => Promise<ClaimedTask>> {
  const issue = row.issue_id
    ? await context.db.models.Issue.findByPk(row.issue_id, {transaction: tx})
    : null
  const workspace = await context.db.models.Workspace.findByPk(row.workspace_id, {transaction: tx})
  const earlier = row.issue_id ? await answeredBy(context, tx, row) : null
  const prior =
    row.issue_id && !row.fresh_session ? await priorSession(context, tx, row, runtime) : null
  const extras = {
    agent: await agentForTask(context, tx, agent),
    ...(workspace?.repos.length && {repos: workspace.repos}),
    ...(prior?.session_id && {prior_session_id: prior.session_id}),
    ...(prior?.session_id && prior.work_dir && {prior_work_dir: prior.work_dir}),
    ...localDirOf(issue),
    comment_ids: await unansweredComments(context, tx, row, earlier),
  }
  return async (claimed, token) => ({
    ...(await viewTask(context, claimed, tx)),
    ...extras,
    ...(token !== undefined && {task_token: token}),
  })
}

/** The agent's last run on the issue that has reached its end: what came later has no answer yet. */
function answeredBy(context: ServerContext, tx: Transaction, row: TaskRow) {
  return context.db.models.Task.findOne({
    where: {
      agent_id: row.agent_id,
      issue_id: row.issue_id as string,
      id: {[Op.ne]: row.id},
      status: 'completed',
    },
    order: [['dispatched_at', 'DESC']],
    transaction: tx,
  })
}

/** Newest ended run with a session that can be resumed where this daemon has it. */
function priorSession(context: ServerContext, tx: Transaction, row: TaskRow, runtime: RuntimeRow) {
  return context.db.models.Task.findOne({
    where: {
      agent_id: row.agent_id,
      issue_id: row.issue_id as string,
      status: ['completed', 'failed', 'cancelled'],
      session_id: {[Op.ne]: null},
      session_rejected: false,
      daemon_id: runtime.daemon_id ?? null,
    },
    order: [['completed_at', 'DESC']],
    transaction: tx,
  })
}

async function unansweredComments(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  earlier: TaskRow | null,
): Promise<string[]> {
  if (!row.issue_id) return []
  const rows = await context.db.models.Comment.findAll({
    where: {
      issue_id: row.issue_id,
      author_type: 'member',
      ...(earlier?.dispatched_at && {created_at: {[Op.gte]: earlier.dispatched_at}}),
    },
    attributes: ['id'],
    order: [
      ['created_at', 'DESC'],
      ['id', 'DESC'],
    ],
    limit: MAX_COMMENTS,
    transaction: tx,
  })
  return rows.map((comment) => comment.id).reverse()
}

async function agentForTask(
  context: ServerContext,
  tx: Transaction,
  agent: AgentRow,
): Promise<AgentForTask> {
  const {AgentSkill: Links, Skill, SkillFile} = context.db.models
  const links = await Links.findAll({where: {agent_id: agent.id}, transaction: tx})
  const skills = await Skill.findAll({
    where: {id: links.map((link) => link.skill_id)},
    order: [['name', 'ASC']],
    transaction: tx,
  })
  const files = await SkillFile.findAll({
    where: {skill_id: skills.map((skill) => skill.id)},
    order: [['path', 'ASC']],
    transaction: tx,
  })
  const packed: AgentSkill[] = skills.map((skill) => {
    const own = files.filter((file) => file.skill_id === skill.id)
    return {
      name: skill.name,
      content: skill.content,
      ...(own.length > 0 && {files: own.map(({path, content}) => ({path, content}))}),
    }
  })
  return {
    id: agent.id,
    name: agent.name,
    instructions: agent.instructions,
    ...(agent.approvals && {approvals: agent.approvals}),
    ...(packed.length > 0 && {skills: packed}),
  }
}
