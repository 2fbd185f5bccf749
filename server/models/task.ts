import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {
  EndReason,
  TaskProgress,
  TaskResult,
  TaskStatus,
  TaskUsage,
} from '../../src/protocol/task.js'
import type {DiffSummary} from '../../src/protocol/task-diff.js'

/** One run of one agent (stream §1). */
export class Task extends Model<InferAttributes<Task>, InferCreationAttributes<Task>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare agent_id: string
  declare runtime_id: string
  declare issue_id: CreationOptional<string | null>
  declare status: TaskStatus
  declare priority: CreationOptional<number>
  declare attempt: CreationOptional<number>
  declare parent_task_id: CreationOptional<string | null>
  declare token_hash: CreationOptional<string | null>
  declare worker_seen_at: CreationOptional<Date | null>
  declare dispatched_at: CreationOptional<Date | null>
  declare started_at: CreationOptional<Date | null>
  declare completed_at: CreationOptional<Date | null>
  declare sealed_at: CreationOptional<Date | null>
  /** Nobody waits for the worker of this cancelled run any more, but what it still has is taken. */
  declare given_up_at: CreationOptional<Date | null>
  declare pruned_at: CreationOptional<Date | null>
  declare pruning: CreationOptional<boolean>
  declare last_seq: CreationOptional<number>
  declare result: CreationOptional<TaskResult | null>
  declare error: CreationOptional<string | null>
  declare end_reason: CreationOptional<EndReason | null>
  declare progress: CreationOptional<TaskProgress | null>
  declare usage: CreationOptional<TaskUsage | null>
  declare diff: CreationOptional<DiffSummary | null>
  declare max_cost_usd: CreationOptional<number | null>
  declare session_id: CreationOptional<string | null>
  declare session_rejected: CreationOptional<boolean>
  declare fresh_session: CreationOptional<boolean>
  declare work_dir: CreationOptional<string | null>
  declare daemon_id: CreationOptional<string | null>
  /** Requests to people that have no answer yet. */
  declare open_requests: CreationOptional<number>
  /** Rises with all that people have for the run: the worker asks for it then. */
  declare inbox_version: CreationOptional<number>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initTask(sequelize: Sequelize): typeof Task {
  return class extends Task {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      agent_id: {type: DataTypes.UUID, allowNull: false},
      runtime_id: {type: DataTypes.UUID, allowNull: false},
      issue_id: {type: DataTypes.UUID, allowNull: true},
      status: {type: DataTypes.TEXT, allowNull: false},
      priority: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      attempt: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 1},
      parent_task_id: {type: DataTypes.UUID, allowNull: true},
      token_hash: {type: DataTypes.TEXT, allowNull: true},
      worker_seen_at: {type: DataTypes.DATE, allowNull: true},
      dispatched_at: {type: DataTypes.DATE, allowNull: true},
      started_at: {type: DataTypes.DATE, allowNull: true},
      completed_at: {type: DataTypes.DATE, allowNull: true},
      sealed_at: {type: DataTypes.DATE, allowNull: true},
      given_up_at: {type: DataTypes.DATE, allowNull: true},
      pruned_at: {type: DataTypes.DATE, allowNull: true},
      pruning: {type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false},
      last_seq: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      result: {type: DataTypes.JSON, allowNull: true},
      error: {type: DataTypes.TEXT, allowNull: true},
      end_reason: {type: DataTypes.TEXT, allowNull: true},
      progress: {type: DataTypes.JSON, allowNull: true},
      usage: {type: DataTypes.JSON, allowNull: true},
      diff: {type: DataTypes.JSON, allowNull: true},
      max_cost_usd: {type: DataTypes.DOUBLE, allowNull: true},
      session_id: {type: DataTypes.TEXT, allowNull: true},
      session_rejected: {type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false},
      fresh_session: {type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false},
      work_dir: {type: DataTypes.TEXT, allowNull: true},
      daemon_id: {type: DataTypes.TEXT, allowNull: true},
      open_requests: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      inbox_version: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'agent_task_queue',
      modelName: 'Task',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
