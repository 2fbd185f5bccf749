import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'

/** A one-time link that signs a browser in; only the hash of its code is stored. */
export class SignInLink extends Model<
  InferAttributes<SignInLink>,
  InferCreationAttributes<SignInLink>
> {
  declare id: CreationOptional<string>
  declare user_id: string
  declare code_hash: string
  declare expires_at: Date
  declare used_at: CreationOptional<Date | null>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initSignInLink(sequelize: Sequelize): typeof SignInLink {
  return class extends SignInLink {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      user_id: {type: DataTypes.UUID, allowNull: false},
      code_hash: {type: DataTypes.TEXT, allowNull: false},
      expires_at: {type: DataTypes.DATE, allowNull: false},
      used_at: {type: DataTypes.DATE, allowNull: true},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'sign_in_link',
      modelName: 'SignInLink',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
