import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {ActorType, CommentType} from '../../src/protocol/issue.js'

/** A comment on an issue (contract §2.5). */
export class Comment extends Model<InferAttributes<Comment>, InferCreationAttributes<Comment>> {
  declare id: CreationOptional<string>
  declare issue_id: string
  declare workspace_id: string
  declare author_type: ActorType
  declare author_id: string
  declare content: string
  declare type: CreationOptional<CommentType>
  declare parent_id: CreationOptional<string | null>
  declare task_id: CreationOptional<string | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initComment(sequelize: Sequelize): typeof Comment {
  return class extends Comment {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      issue_id: {type: DataTypes.UUID, allowNull: false},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      author_type: {type: DataTypes.TEXT, allowNull: false},
      author_id: {type: DataTypes.UUID, allowNull: false},
      content: {type: DataTypes.TEXT, allowNull: false},
      type: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'comment'},
      parent_id: {type: DataTypes.UUID, allowNull: true},
      task_id: {type: DataTypes.UUID, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'comment',
      modelName: 'Comment',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
