import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** A numbered event of a workspace (stream §5). `agent_id` is set when it speaks of a private agent. */
export class Event extends Model<InferAttributes<Event>, InferCreationAttributes<Event>> {
  declare workspace_id: string
  declare seq: number
  declare type: string
  declare payload: string
  declare task_id: CreationOptional<string | null>
  declare agent_id: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initEvent(sequelize: Sequelize): typeof Event {
  return class extends Event {}.init(
    {
      workspace_id: {type: DataTypes.UUID, primaryKey: true, allowNull: false},
      seq: {type: DataTypes.INTEGER, primaryKey: true, allowNull: false},
      type: {type: DataTypes.TEXT, allowNull: false},
      payload: {type: DataTypes.TEXT, allowNull: false},
      task_id: {type: DataTypes.UUID, allowNull: true},
      agent_id: {type: DataTypes.UUID, allowNull: true},
      created_at: DataTypes.DATE,
    },
    {sequelize, tableName: 'event', modelName: 'Event', createdAt: 'created_at', updatedAt: false},
  )
}
