import type {Migration} from './migrate.js'

/** A retry that begins a new session of its agent. */
export const freshSession: Migration = {
  name: '0003-fresh-session',
  async up(sequelize, transaction) {
    await sequelize.query(
      'ALTER TABLE agent_task_queue ADD COLUMN fresh_session BOOLEAN NOT NULL DEFAULT FALSE',
      {transaction},
    )
  },
}
