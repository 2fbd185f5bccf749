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

/** A skill that agents can have (contract §2.8). */
export class Skill extends Model<InferAttributes<Skill>, InferCreationAttributes<Skill>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare name: string
  declare description: CreationOptional<string>
  declare content: CreationOptional<string>
  declare config: CreationOptional<JsonObject>
  declare created_by: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initSkill(sequelize: Sequelize): typeof Skill {
  return class extends Skill {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      name: {type: DataTypes.TEXT, allowNull: false},
      description: {type: DataTypes.TEXT, allowNull: false, defaultValue: ''},
      content: {type: DataTypes.TEXT, allowNull: false, defaultValue: ''},
      config: {type: DataTypes.JSON, allowNull: false, defaultValue: {}},
      created_by: {type: DataTypes.UUID, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'skill',
      modelName: 'Skill',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
