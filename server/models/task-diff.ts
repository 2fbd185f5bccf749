import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** What a run has changed in git checkouts, as its worker has told it. */
export class TaskDiff extends Model<InferAttributes<TaskDiff>, InferCreationAttributes<TaskDiff>> {
  declare task_id: string
  /** JSON of a DiffBody. */
  declare payload: string
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initTaskDiff(sequelize: Sequelize): typeof TaskDiff {
  return class extends TaskDiff {}.init(
    {
      task_id: {type: DataTypes.UUID, primaryKey: true},
      payload: {type: DataTypes.TEXT, allowNull: false},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'task_diff',
      modelName: 'TaskDiff',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
