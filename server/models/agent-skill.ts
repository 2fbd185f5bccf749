import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize'

/** Which agent has which skill. */
export class AgentSkill extends Model<
  InferAttributes<AgentSkill>,
  InferCreationAttributes<AgentSkill>
> {
  declare agent_id: string
  declare skill_id: string
  declare created_at: CreationOptional<Date>
}

/** @returns the model, bound to one connection */
export function initAgentSkill(sequelize: Sequelize): typeof AgentSkill {
  return class extends AgentSkill {}.init(
    {
      agent_id: {type: DataTypes.UUID, primaryKey: true, allowNull: false},
      skill_id: {type: DataTypes.UUID, primaryKey: true, allowNull: false},
      created_at: DataTypes.DATE,
    },
    {
      sequelize,
      tableName: 'agent_skill',
      modelName: 'AgentSkill',
      createdAt: 'created_at',
      updatedAt: false,
    },
  )
}
