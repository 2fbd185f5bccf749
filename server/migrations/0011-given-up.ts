import type {Migration} from './migrate.js'

/** Since when nobody waits for the worker of a cancelled run, which may still bring what it has. */
export const givenUp: Migration = {
  name: '0011-given-up',
  async up(sequelize, transaction) {
    const time = sequelize.getDialect() === 'postgres' ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME'
    await sequelize.query(`ALTER TABLE agent_task_queue ADD COLUMN given_up_at ${time}`, {
      transaction,
    })
  },
}
