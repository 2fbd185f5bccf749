import type {Migration} from './migrate.js'

/** How long a workspace keeps transcripts, and which of them are gone. */
export const retention: Migration = {
  name: '0005-retention',
  async up(sequelize, transaction) {
    const time = sequelize.getDialect() === 'postgres' ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME'
    for (const sql of [
      'ALTER TABLE workspace ADD COLUMN retention_days INTEGER',
      `ALTER TABLE agent_task_queue ADD COLUMN pruned_at ${time}`,
      `CREATE INDEX agent_task_queue_kept ON agent_task_queue (workspace_id, completed_at)
        WHERE pruned_at IS NULL AND sealed_at IS NOT NULL`,
    ]) {
      await sequelize.query(sql, {transaction})
    }
  },
}
