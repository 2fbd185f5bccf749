import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'

/** A signed-in browser; only the hash of its cookie is stored. */
export class WebSession extends Model<
  InferAttributes<WebSession>,
  InferCreationAttributes<WebSession>
> {
  declare id: CreationOptional<string>
  declare user_id: string
  declare token_hash: string
  declare expires_at: Date
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initWebSession(sequelize: Sequelize): typeof WebSession {
  return class extends WebSession {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      user_id: {type: DataTypes.UUID, allowNull: false},
      token_hash: {type: DataTypes.TEXT, allowNull: false},
      expires_at: {type: DataTypes.DATE, allowNull: false},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'web_session',
      modelName: 'WebSession',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
