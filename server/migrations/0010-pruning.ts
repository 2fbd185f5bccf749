import type {Migration} from './migrate.js'

/** Which transcripts are being deleted now, so that one that a dying server leaves half is found. */
export const pruning: Migration = {
  name: '0010-pruning',
  async up(sequelize, transaction) {
    for (const sql of [
      'ALTER TABLE agent_task_queue ADD COLUMN pruning BOOLEAN NOT NULL DEFAULT false',
      'CREATE INDEX agent_task_queue_pruning ON agent_task_queue (pruned_at) WHERE pruning',
    ]) {
      await sequelize.query(sql, {transaction})
    }
  },
}
