import type {Migration} from './migrate.js'

/** What agents ask people, what people say to running agents, and how an agent's questions are decided. */
export const peopleInTheLoop: Migration = {
  name: '0006-people-in-the-loop',
  async up(sequelize, transaction) {
    const postgres = sequelize.getDialect() === 'postgres'
    const time = postgres ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME'
    const id = postgres ? 'UUID' : 'CHAR(36)'
    const owned = `id ${id} PRIMARY KEY,
      task_id ${id} NOT NULL REFERENCES agent_task_queue (id) ON DELETE CASCADE`
    for (const sql of [
      'ALTER TABLE agent ADD COLUMN approvals JSON',
      'ALTER TABLE agent_task_queue ADD COLUMN open_requests INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE agent_task_queue ADD COLUMN inbox_version INTEGER NOT NULL DEFAULT 0',
      `CREATE TABLE task_request (${owned}, status TEXT NOT NULL, payload JSON NOT NULL, answer JSON,
        answered_by ${id} REFERENCES "user" (id) ON DELETE SET NULL, answered_at ${time},
        expires_at ${time} NOT NULL, created_at ${time} NOT NULL)`,
      'CREATE INDEX task_request_task ON task_request (task_id, created_at)',
      'CREATE INDEX task_request_answered_by ON task_request (answered_by)',
      `CREATE TABLE task_input (${owned}, status TEXT NOT NULL, content TEXT NOT NULL,
        author_id ${id} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
        created_at ${time} NOT NULL)`,
      'CREATE INDEX task_input_task ON task_input (task_id, created_at)',
      'CREATE INDEX task_input_author ON task_input (author_id)',
    ]) {
      await sequelize.query(sql, {transaction})
    }
  },
}
