import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {ActorType, IssuePriority, IssueStatus, LocalDirMode} from '../../src/protocol/issue.js'

/** An issue (contract §2.4). */
export class Issue extends Model<InferAttributes<Issue>, InferCreationAttributes<Issue>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare number: number
  declare title: string
  declare description: CreationOptional<string | null>
  declare status: CreationOptional<IssueStatus>
  declare priority: CreationOptional<IssuePriority>
  declare assignee_type: CreationOptional<ActorType | null>
  declare assignee_id: CreationOptional<string | null>
  declare creator_type: ActorType
  declare creator_id: string
  declare parent_issue_id: CreationOptional<string | null>
  declare position: CreationOptional<number>
  declare due_date: CreationOptional<Date | null>
  declare local_dir: CreationOptional<string | null>
  declare local_dir_mode: CreationOptional<LocalDirMode | null>
  declare max_cost_usd: CreationOptional<number | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initIssue(sequelize: Sequelize): typeof Issue {
  return class extends Issue {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      number: {type: DataTypes.INTEGER, allowNull: false},
      title: {type: DataTypes.TEXT, allowNull: false},
      description: {type: DataTypes.TEXT, allowNull: true},
      status: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'backlog'},
      priority: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'none'},
      assignee_type: {type: DataTypes.TEXT, allowNull: true},
      assignee_id: {type: DataTypes.UUID, allowNull: true},
      creator_type: {type: DataTypes.TEXT, allowNull: false},
      creator_id: {type: DataTypes.UUID, allowNull: false},
      parent_issue_id: {type: DataTypes.UUID, allowNull: true},
      position: {type: DataTypes.DOUBLE, allowNull: false, defaultValue: 0},
      due_date: {type: DataTypes.DATE, allowNull: true},
      local_dir: {type: DataTypes.TEXT, allowNull: true},
      local_dir_mode: {type: DataTypes.TEXT, allowNull: true},
      max_cost_usd: {type: DataTypes.DOUBLE, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'issue',
      modelName: 'Issue',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
