import type {Migration} from './migrate.js'

/** What runs have changed, what they may cost, and what the agents of a machine use day by day. */
export const changesAndUsage: Migration = {
  name: '0007-changes-and-usage',
  async up(sequelize, transaction) {
    const postgres = sequelize.getDialect() === 'postgres'
    const id = postgres ? 'UUID' : 'CHAR(36)'
    const time = postgres ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME'
    const real = postgres ? 'DOUBLE PRECISION' : 'REAL'
    for (const sql of [
      `CREATE TABLE task_diff (
        task_id ${id} PRIMARY KEY REFERENCES agent_task_queue (id) ON DELETE CASCADE,
        payload TEXT NOT NULL, created_at ${time} NOT NULL)`,
      'ALTER TABLE agent_task_queue ADD COLUMN diff JSON',
      `ALTER TABLE agent_task_queue ADD COLUMN max_cost_usd ${real}`,
      `ALTER TABLE issue ADD COLUMN max_cost_usd ${real}`,
      `ALTER TABLE agent ADD COLUMN max_cost_usd ${real}`,
      `ALTER TABLE agent_runtime ADD COLUMN online_since ${time}`,
      `CREATE TABLE runtime_usage (
        runtime_id ${id} NOT NULL REFERENCES agent_runtime (id) ON DELETE CASCADE,
        date CHAR(10) NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
        input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
        cache_read_tokens BIGINT NOT NULL, cache_write_tokens BIGINT NOT NULL,
        updated_at ${time} NOT NULL,
        PRIMARY KEY (runtime_id, date, provider, model))`,
    ]) {
      await sequelize.query(sql, {transaction})
    }
  },
}
