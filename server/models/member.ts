import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {Role} from '../../src/protocol/workspace.js'

/** A user’s place in a workspace. */
export class Member extends Model<InferAttributes<Member>, InferCreationAttributes<Member>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare user_id: string
  declare role: Role
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initMember(sequelize: Sequelize): typeof Member {
  return class extends Member {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      user_id: {type: DataTypes.UUID, allowNull: false},
      role: {type: DataTypes.TEXT, allowNull: false},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'member',
      modelName: 'Member',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
