import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {InputStatus} from '../../src/protocol/task-request.js'

/** A person's message to a running agent. */
export class TaskInput extends Model<
  InferAttributes<TaskInput>,
  InferCreationAttributes<TaskInput>
> {
  declare id: CreationOptional<string>
  declare task_id: string
  declare status: InputStatus
  declare content: string
  declare author_id: string
  declare created_at: Date
}

/** @returns the model, bound to one connection */
export function initTaskInput(sequelize: Sequelize): typeof TaskInput {
  return class extends TaskInput {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      task_id: {type: DataTypes.UUID, allowNull: false},
      status: {type: DataTypes.TEXT, allowNull: false},
      content: {type: DataTypes.TEXT, allowNull: false},
      author_id: {type: DataTypes.UUID, allowNull: false},
      created_at: {type: DataTypes.DATE, allowNull: false},
    },
    {sequelize, tableName: 'task_input', modelName: 'TaskInput', timestamps: false},
  )
}
