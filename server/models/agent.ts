import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'
import {newId} from '../../src/ids.js'
import type {AgentTrigger} from '../../src/protocol/agent.js'
import type {ApprovalPolicy} from '../../src/protocol/approvals.js'
import type {JsonObject} from '../../src/protocol/primitives.js'

/** An agent that can be put on issues (contract §2.7). `idle`, `working` and `offline` are derived at read time (contract §7.7). */
export class Agent extends Model<InferAttributes<Agent>, InferCreationAttributes<Agent>> {
  declare id: CreationOptional<string>
  declare workspace_id: string
  declare runtime_id: string
  declare name: string
  declare description: CreationOptional<string>
  declare instructions: CreationOptional<string>
  declare avatar_url: CreationOptional<string | null>
  declare runtime_mode: string
  declare runtime_config: CreationOptional<JsonObject>
  declare visibility: CreationOptional<'workspace' | 'private'>
  declare manual_status: CreationOptional<'blocked' | 'error' | null>
  declare max_concurrent_tasks: CreationOptional<number>
  declare max_cost_usd: CreationOptional<number | null>
  declare owner_id: CreationOptional<string | null>
  declare tools: CreationOptional<unknown[]>
  declare triggers: CreationOptional<AgentTrigger[]>
  /** How its questions are decided; null for the default. */
  declare approvals: CreationOptional<ApprovalPolicy | null>
  declare created_at: CreationOptional<Date>
  declare updated_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initAgent(sequelize: Sequelize): typeof Agent {
  return class extends Agent {}.init(
    {
      id: {type: DataTypes.UUID, primaryKey: true, defaultValue: newId},
      workspace_id: {type: DataTypes.UUID, allowNull: false},
      runtime_id: {type: DataTypes.UUID, allowNull: false},
      name: {type: DataTypes.TEXT, allowNull: false},
      description: {type: DataTypes.TEXT, allowNull: false, defaultValue: ''},
      instructions: {type: DataTypes.TEXT, allowNull: false, defaultValue: ''},
      avatar_url: {type: DataTypes.TEXT, allowNull: true},
      runtime_mode: {type: DataTypes.TEXT, allowNull: false},
      runtime_config: {type: DataTypes.JSON, allowNull: false, defaultValue: {}},
      visibility: {type: DataTypes.TEXT, allowNull: false, defaultValue: 'workspace'},
      manual_status: {type: DataTypes.TEXT, allowNull: true},
      max_concurrent_tasks: {type: DataTypes.INTEGER, allowNull: false, defaultValue: 6},
      max_cost_usd: {type: DataTypes.DOUBLE, allowNull: true},
      owner_id: {type: DataTypes.UUID, allowNull: true},
      tools: {type: DataTypes.JSON, allowNull: false, defaultValue: []},
      triggers: {type: DataTypes.JSON, allowNull: false, defaultValue: []},
      approvals: {type: DataTypes.JSON, allowNull: true},
      created_at: DataTypes.DATE,
      updated_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'agent',
      modelName: 'Agent',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  )
}
