import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'

/** A file of a skill beside its main text. */
export class SkillFile extends Model<
  InferAttributes<SkillFile>,
  InferCreationAttributes<SkillFile>
> {
  declare id: CreationOptional<string>
  declare skill_id: string
  declare path: string
  declare content: string
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initSkillFile(sequelize: Sequelize): typeof SkillFile {
  return class extends SkillFile {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      skill_id: {type: DataTypes.UUID, allowNull: false},
      path: {type: DataTypes.TEXT, allowNull: false},
      content: {type: DataTypes.TEXT, allowNull: false},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'skill_file',
      modelName: 'SkillFile',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
