import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** The answer to a creating call, so that its repeat creates nothing (contract §2.11). */
export class IdempotencyKey extends Model<
  InferAttributes<IdempotencyKey>,
  InferCreationAttributes<IdempotencyKey>
> {
  declare user_id: string
  declare idempotency_key: string
  declare request: string
  declare status: CreationOptional<number | null>
  declare body: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initIdempotencyKey(sequelize: Sequelize): typeof IdempotencyKey {
  return class extends IdempotencyKey {}.init(
    {
      user_id: {type: DataTypes.UUID, primaryKey: true, allowNull: false},
      idempotency_key: {type: DataTypes.TEXT, primaryKey: true, allowNull: false},
      request: {type: DataTypes.TEXT, allowNull: false},
      status: {type: DataTypes.INTEGER, allowNull: true},
      body: {type: DataTypes.TEXT, allowNull: true},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'idempotency_key',
      modelName: 'IdempotencyKey',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
