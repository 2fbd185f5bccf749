import type {Migration} from './migrate.js'

/** Pings of runtimes, which any server may answer for, and issues that are worked on in a user's folder. */
export const pingsAndDirectories: Migration = {
  name: '0008-pings-and-directories',
  async up(sequelize, transaction) {
    const postgres = sequelize.getDialect() === 'postgres'
    const id = postgres ? 'UUID' : 'CHAR(36)'
    const time = postgres ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME'
    for (const sql of [
      `CREATE TABLE runtime_ping (
        id VARCHAR(32) PRIMARY KEY,
        runtime_id ${id} NOT NULL REFERENCES agent_runtime (id) ON DELETE CASCADE,
        status TEXT NOT NULL, output TEXT, error TEXT, duration_ms INTEGER,
        created_at ${time} NOT NULL, updated_at ${time} NOT NULL)`,
      'CREATE INDEX runtime_ping_runtime ON runtime_ping (runtime_id, created_at)',
      'ALTER TABLE issue ADD COLUMN local_dir TEXT',
      'ALTER TABLE issue ADD COLUMN local_dir_mode TEXT',
    ]) {
      await sequelize.query(sql, {transaction})
    }
  },
}
