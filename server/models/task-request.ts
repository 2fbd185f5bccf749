import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import type {RequestAnswer, RequestPayload, RequestStatus} from '../../src/protocol/task-request.js'

/** A question of a running agent to people. */
export class TaskRequest extends Model<
  InferAttributes<TaskRequest>,
  InferCreationAttributes<TaskRequest>
> {
  /** Chosen by the worker, so that it may repeat its call. */
  declare id: string
  declare task_id: string
  declare status: RequestStatus
  declare payload: RequestPayload
  declare answer: CreationOptional<RequestAnswer | null>
  declare answered_by: CreationOptional<string | null>
  declare answered_at: CreationOptional<Date | null>
  declare expires_at: Date
  declare created_at: Date
}

/** @returns the model, bound to one connection */
export function initTaskRequest(sequelize: Sequelize): typeof TaskRequest {
  return class extends TaskRequest {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true},
      task_id: {type: DataTypes.UUID, allowNull: false},
      status: {type: DataTypes.TEXT, allowNull: false},
      payload: {type: DataTypes.JSON, allowNull: false},
      answer: {type: DataTypes.JSON, allowNull: true},
      answered_by: {type: DataTypes.UUID, allowNull: true},
      answered_at: {type: DataTypes.DATE, allowNull: true},
      expires_at: {type: DataTypes.DATE, allowNull: false},
      created_at: {type: DataTypes.DATE, allowNull: false},
    },
    {sequelize, tableName: 'task_request', modelName: 'TaskRequest', timestamps: false},
  )
}
