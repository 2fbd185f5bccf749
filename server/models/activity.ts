import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {ActorType} from '../../src/protocol/issue.js'
import type {JsonObject} from '../../src/protocol/primitives.js'

/** What somebody did to an issue (contract §2.6). */
export class Activity extends Model<InferAttributes<Activity>, InferCreationAttributes<Activity>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare issue_id: CreationOptional<string | null>
  declare actor_type: ActorType | 'system'
  declare actor_id: CreationOptional<string | null>
  declare action: string
  declare details: CreationOptional<JsonObject>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initActivity(sequelize: Sequelize): typeof Activity {
  return class extends Activity {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      issue_id: {type: DataTypes.UUID, allowNull: true},
      actor_type: {type: DataTypes.TEXT, allowNull: false},
      actor_id: {type: DataTypes.UUID, allowNull: true},
      action: {type: DataTypes.TEXT, allowNull: false},
      details: {type: DataTypes.JSON, allowNull: false, defaultValue: {}},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'activity_log',
      modelName: 'Activity',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
