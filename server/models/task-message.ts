import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** One numbered record of a transcript. `payload` is its JSON, serialised once; `live` is the shorter form that streams carry, null when it is the same (stream §6.6). `given_seq` is the number that a daemon of the original gave (stream §8). */
export class TaskMessage extends Model<
  InferAttributes<TaskMessage>,
  InferCreationAttributes<TaskMessage>
> {
  declare task_id: string
  declare seq: number
  declare given_seq: CreationOptional<number | null>
  declare type: string
  declare payload: string
  declare live: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initTaskMessage(sequelize: Sequelize): typeof TaskMessage {
  return class extends TaskMessage {}.init(
    {
      task_id: {type: DataTypes.UUID, primaryKey: true, allowNull: false},
      seq: {type: DataTypes.INTEGER, primaryKey: true, allowNull: false},
      given_seq: {type: DataTypes.INTEGER, allowNull: true},
      type: {type: DataTypes.TEXT, allowNull: false},
      payload: {type: DataTypes.TEXT, allowNull: false},
      live: {type: DataTypes.TEXT, allowNull: true},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'task_message',
      modelName: 'TaskMessage',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
