import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {Repository} from '../../src/protocol/agent.js'
import type {JsonObject} from '../../src/protocol/primitives.js'

/** A group of people, agents and issues (contract §2.3). `event_counter` numbers its events. */
export class Workspace extends Model<
  InferAttributes<Workspace>,
  InferCreationAttributes<Workspace>
> {
  declare id: CreationOptional<string>
  declare name: string
  declare slug: string
  declare description: CreationOptional<string | null>
  declare context: CreationOptional<string | null>
  declare settings: CreationOptional<JsonObject>
  declare repos: CreationOptional<Repository[]>
  declare retention_days: CreationOptional<number | null>
  declare issue_prefix: string
  declare issue_counter: CreationOptional<number>
  declare event_counter: CreationOptional<number>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initWorkspace(sequelize: Sequelize): typeof Workspace {
  return class extends Workspace {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      name: {type: DataTypes.TEXT, allowNull: false},
      slug: {type: DataTypes.TEXT, allowNull: false},
      description: {type: DataTypes.TEXT, allowNull: true},
      context: {type: DataTypes.TEXT, allowNull: true},
      settings: {type: DataTypes.JSON, allowNull: false, defaultValue: {}},
      repos: {type: DataTypes.JSON, allowNull: false, defaultValue: []},
      retention_days: {type: DataTypes.INTEGER, allowNull: true},
      issue_prefix: {type: DataTypes.TEXT, allowNull: false},
      issue_counter: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      event_counter: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 0},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'workspace',
      modelName: 'Workspace',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
