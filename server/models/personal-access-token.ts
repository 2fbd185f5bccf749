import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'

/** A token that acts for its user; only its hash is stored (contract §2.2). */
export class PersonalAccessToken extends Model<
  InferAttributes<PersonalAccessToken>,
  InferCreationAttributes<PersonalAccessToken>
> {
  declare id: CreationOptional<string>
  declare user_id: string
  declare name: string
  declare token_hash: string
  declare token_prefix: string
  declare expires_at: CreationOptional<Date | null>
  declare last_used_at: CreationOptional<Date | null>
  declare revoked: CreationOptional<boolean>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initPersonalAccessToken(sequelize: Sequelize): typeof PersonalAccessToken {
  return class extends PersonalAccessToken {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      user_id: {type: DataTypes.UUID, allowNull: false},
      name: {type: DataTypes.TEXT, allowNull: false},
      token_hash: {type: DataTypes.TEXT, allowNull: false},
      token_prefix: {type: DataTypes.TEXT, allowNull: false},
      expires_at: {type: DataTypes.DATE, allowNull: true},
      last_used_at: {type: DataTypes.DATE, allowNull: true},
      revoked: {type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'personal_access_token',
      modelName: 'PersonalAccessToken',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
