import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import type {PingStatus} from '../../src/protocol/ping.js'

/** A question to a runtime whether its agent answers (contract §1.12). */
export class RuntimePing extends Model<
  InferAttributes<RuntimePing>,
  InferCreationAttributes<RuntimePing>
> {
  declare id: string
  declare runtime_id: string
  declare status: PingStatus
  declare output: CreationOptional<string | null>
  declare error: CreationOptional<string | null>
  declare duration_ms: CreationOptional<number | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initRuntimePing(sequelize: Sequelize): typeof RuntimePing {
  return class extends RuntimePing {}.init(
    {
      id: {type: DataTypes.STRING(32), primaryKey: true},
      runtime_id: {type: DataTypes.UUID, allowNull: false},
      status: {type: DataTypes.TEXT, allowNull: false},
      output: {type: DataTypes.TEXT, allowNull: true},
      error: {type: DataTypes.TEXT, allowNull: true},
      duration_ms: {type: DataTypes.INTEGER, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'runtime_ping',
      modelName: 'RuntimePing',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
