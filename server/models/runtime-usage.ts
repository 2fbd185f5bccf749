import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** Tokens of one day, provider and model on a runtime: absolute totals (contract §1.11). */
export class RuntimeUsage extends Model<
  InferAttributes<RuntimeUsage>,
  InferCreationAttributes<RuntimeUsage>
> {
  declare runtime_id: string
  /** `YYYY-MM-DD`, UTC. */
  declare date: string
  declare provider: string
  declare model: string
  declare input_tokens: number
  declare output_tokens: number
  declare cache_read_tokens: number
  declare cache_write_tokens: number
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initRuntimeUsage(sequelize: Sequelize): typeof RuntimeUsage {
  const count = () => ({type: DataTypes.BIGINT, allowNull: false})
  return class extends RuntimeUsage {}.init(
    {
      runtime_id: {type: DataTypes.UUID, primaryKey: true},
      date: {type: DataTypes.CHAR(10), primaryKey: true},
      provider: {type: DataTypes.TEXT, primaryKey: true},
      model: {type: DataTypes.TEXT, primaryKey: true},
      input_tokens: count(),
      output_tokens: count(),
      cache_read_tokens: count(),
      cache_write_tokens: count(),
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'runtime_usage',
      modelName: 'RuntimeUsage',
      createdAt: false,
      updatedAt: 'updated_at',
    },
  )
}
