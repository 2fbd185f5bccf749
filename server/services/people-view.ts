import type {Transaction} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {TaskInput, TaskRequest} from '../../src/protocol/task-request.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import type {TaskInput as InputRow} from '../models/task-input.js'
import type {TaskRequest as RequestRow} from '../models/task-request.js'
import {actorNames} from './actor-names.js'
import {time, timeOrNull} from './serialise.js'

/** Requests as the API shows them, with the names of those who have answered. */
export async function viewRequests(
  context: ServerContext,
  rows: readonly RequestRow[],
  tx?: Transaction,
): Promise<TaskRequest[]> {
  const people = rows.map((row) => ({type: 'member', id: row.answered_by ?? null}))
  const names = await actorNames(context, people, tx)
  return rows.map((row) => ({
    id: row.id,
    task_id: row.task_id,
    status: row.status,
    payload: row.payload,
    answer: row.answer ?? null,
    answered_by: row.answered_by
      ? {id: row.answered_by, name: names.get(row.answered_by) ?? ''}
      : null,
    created_at: time(row.created_at),
    expires_at: time(row.expires_at),
    answered_at: timeOrNull(row.answered_at),
  }))
}

/** Messages as the API shows them, with the names of their authors. */
export async function viewInputs(
  context: ServerContext,
  rows: readonly InputRow[],
  tx?: Transaction,
): Promise<TaskInput[]> {
  const people = rows.map((row) => ({type: 'member', id: row.author_id}))
  const names = await actorNames(context, people, tx)
  return rows.map((row) => ({
    id: row.id,
    task_id: row.task_id,
    status: row.status,
    text: row.content,
    author: {id: row.author_id, name: names.get(row.author_id) ?? ''},
    created_at: time(row.created_at),
  }))
}

const idsOf = (row: TaskRow) => ({
  task_id: row.id,
  agent_id: row.agent_id,
  issue_id: row.issue_id ?? null,
})

export const requestEvent = (row: TaskRow, request: TaskRequest): WorkspaceEvent => ({
  type: 'task:request',
  payload: {...idsOf(row), request},
})

export const inputEvent = (row: TaskRow, input: TaskInput): WorkspaceEvent => ({
  type: 'task:input',
  payload: {...idsOf(row), input},
})
