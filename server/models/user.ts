import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'

/** A person who may sign in (contract §2.1). */
export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: CreationOptional<string>
  declare name: string
  declare email: string
  declare avatar_url: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initUser(sequelize: Sequelize): typeof User {
  return class extends User {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      name: {type: DataTypes.TEXT, allowNull: false},
      email: {type: DataTypes.TEXT, allowNull: false},
      avatar_url: {type: DataTypes.TEXT, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'user',
      modelName: 'User',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
