import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {JsonObject} from '../../src/protocol/primitives.js'

/** One agent program on one machine, as a daemon registered it (contract §1.3). */
export class Runtime extends Model<InferAttributes<Runtime>, InferCreationAttributes<Runtime>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare owner_id: CreationOptional<string | null>
  declare daemon_id: CreationOptional<string | null>
  declare name: string
  declare runtime_mode: CreationOptional<'local' | 'cloud'>
  declare provider: string
  declare status: CreationOptional<'online' | 'offline'>
  declare device_info: CreationOptional<string>
  declare metadata: CreationOptional<JsonObject>
  declare task_tokens: CreationOptional<boolean>
  declare last_seen_at: CreationOptional<Date | null>
  /** Since when it has been online without a break. */
  declare online_since: CreationOptional<Date | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initRuntime(sequelize: Sequelize): typeof Runtime {
  return class extends Runtime {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      owner_id: {type: DataTypes.UUID, allowNull: true},
      daemon_id: {type: DataTypes.TEXT, allowNull: true},
      name: {type: DataTypes.TEXT, allowNull: false},
      runtime_mode: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'local'},
      provider: {type: DataTypes.TEXT, allowNull: false},
      status: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'offline'},
      device_info: {type: DataTypes.TEXT, allowNull: false, defaultValue: ''},
      metadata: {type: DataTypes.JSON, allowNull: false, defaultValue: {}},
      task_tokens: {type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false},
      last_seen_at: {type: DataTypes.DATE, allowNull: true},
      online_since: {type: DataTypes.DATE, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'agent_runtime',
      modelName: 'Runtime',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
