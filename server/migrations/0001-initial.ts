import type {Sequelize, Transaction} from 'sequelize'
import type {Migration} from './migrate.js'

/** The whole schema of the first release (contract §7.1 with its `ours:` notes, stream §2). */
export const initial: Migration = {
  name: '0001-initial',
  async up(sequelize: Sequelize, tx: Transaction) {
    const postgres = sequelize.getDialect() === 'postgres'
    const types: Record<string, string> = {
      TIME: postgres ? 'TIMESTAMP WITH TIME ZONE' : 'DATETIME',
      DATA: 'JSON',
      ID: postgres ? 'UUID' : 'CHAR(36)',
      FLAG: postgres ? 'BOOLEAN' : 'TINYINT(1)',
      NO: postgres ? 'FALSE' : '0',
      REAL: postgres ? 'DOUBLE PRECISION' : 'REAL',
      // A row id of its own would cost SQLite a second tree for every message.
      NO_ROWID: postgres ? '' : 'WITHOUT ROWID',
    }
    for (const statement of STATEMENTS) {
      const sql = statement.replace(/\$([A-Z_]+)/g, (_, name: string) => types[name] ?? name)
      await sequelize.query(sql, {transaction: tx})
    }
  },
}

const STATEMENTS = [
  `CREATE TABLE "user" (
    id $ID PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, avatar_url TEXT,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL)`,

  `CREATE TABLE workspace (
    id $ID PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, description TEXT, context TEXT,
    settings $DATA NOT NULL, repos $DATA NOT NULL, issue_prefix TEXT NOT NULL,
    issue_counter INTEGER NOT NULL DEFAULT 0, event_counter INTEGER NOT NULL DEFAULT 0,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL)`,

  `CREATE TABLE member (
    id $ID PRIMARY KEY,
    workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    user_id $ID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at $TIME NOT NULL,
    UNIQUE (workspace_id, user_id))`,
  'CREATE INDEX member_user ON member (user_id)',

  `CREATE TABLE personal_access_token (
    id $ID PRIMARY KEY, user_id $ID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, token_prefix TEXT NOT NULL,
    expires_at $TIME, last_used_at $TIME, revoked $FLAG NOT NULL DEFAULT $NO, created_at $TIME NOT NULL)`,
  'CREATE INDEX personal_access_token_user ON personal_access_token (user_id)',

  `CREATE TABLE web_session (
    id $ID PRIMARY KEY, user_id $ID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE, expires_at $TIME NOT NULL, created_at $TIME NOT NULL)`,

  `CREATE TABLE sign_in_link (
    id $ID PRIMARY KEY, user_id $ID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL UNIQUE, expires_at $TIME NOT NULL, used_at $TIME, created_at $TIME NOT NULL)`,

  `CREATE TABLE agent_runtime (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    owner_id $ID REFERENCES "user" (id) ON DELETE SET NULL,
    daemon_id TEXT, name TEXT NOT NULL,
    runtime_mode TEXT NOT NULL CHECK (runtime_mode IN ('local', 'cloud')),
    provider TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'offline' CHECK (status IN ('online', 'offline')),
    device_info TEXT NOT NULL DEFAULT '', metadata $DATA NOT NULL,
    task_tokens $FLAG NOT NULL DEFAULT $NO,
    last_seen_at $TIME, created_at $TIME NOT NULL, updated_at $TIME NOT NULL,
    UNIQUE (workspace_id, daemon_id, provider))`,

  `CREATE TABLE agent (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    runtime_id $ID NOT NULL REFERENCES agent_runtime (id) ON DELETE RESTRICT,
    name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', instructions TEXT NOT NULL DEFAULT '',
    avatar_url TEXT, runtime_mode TEXT NOT NULL, runtime_config $DATA NOT NULL,
    visibility TEXT NOT NULL DEFAULT 'workspace' CHECK (visibility IN ('workspace', 'private')),
    manual_status TEXT CHECK (manual_status IN ('blocked', 'error')),
    max_concurrent_tasks INTEGER NOT NULL DEFAULT 6,
    owner_id $ID REFERENCES "user" (id) ON DELETE SET NULL,
    tools $DATA NOT NULL, triggers $DATA NOT NULL,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL)`,
  'CREATE INDEX agent_workspace ON agent (workspace_id)',
  'CREATE INDEX agent_runtime_id ON agent (runtime_id)',

  `CREATE TABLE issue (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, title TEXT NOT NULL, description TEXT,
    status TEXT NOT NULL DEFAULT 'backlog'
      CHECK (status IN ('backlog', 'todo', 'in_progress', 'in_review', 'done', 'blocked', 'cancelled')),
    priority TEXT NOT NULL DEFAULT 'none' CHECK (priority IN ('urgent', 'high', 'medium', 'low', 'none')),
    assignee_type TEXT CHECK (assignee_type IN ('member', 'agent')), assignee_id $ID,
    creator_type TEXT NOT NULL CHECK (creator_type IN ('member', 'agent')), creator_id $ID NOT NULL,
    parent_issue_id $ID REFERENCES issue (id) ON DELETE SET NULL,
    position $REAL NOT NULL DEFAULT 0, due_date $TIME,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL,
    UNIQUE (workspace_id, number))`,
  'CREATE INDEX issue_order ON issue (workspace_id, position, created_at)',

  `CREATE TABLE agent_task_queue (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    agent_id $ID NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    runtime_id $ID NOT NULL REFERENCES agent_runtime (id) ON DELETE CASCADE,
    issue_id $ID REFERENCES issue (id) ON DELETE CASCADE,
    status TEXT NOT NULL
      CHECK (status IN ('queued', 'dispatched', 'running', 'completed', 'failed', 'cancelled')),
    priority INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    parent_task_id $ID REFERENCES agent_task_queue (id) ON DELETE SET NULL,
    token_hash TEXT, worker_seen_at $TIME,
    dispatched_at $TIME, started_at $TIME, completed_at $TIME, sealed_at $TIME,
    last_seq INTEGER NOT NULL DEFAULT 0,
    result $DATA, error TEXT, end_reason TEXT, progress $DATA, usage $DATA,
    session_id TEXT, session_rejected $FLAG NOT NULL DEFAULT $NO, work_dir TEXT, daemon_id TEXT,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL)`,
  'CREATE UNIQUE INDEX agent_task_queue_token ON agent_task_queue (token_hash)',
  `CREATE UNIQUE INDEX agent_task_queue_pending ON agent_task_queue (issue_id)
    WHERE status IN ('queued', 'dispatched')`,
  `CREATE INDEX agent_task_queue_active ON agent_task_queue (runtime_id, priority DESC, created_at)
    WHERE status IN ('queued', 'dispatched', 'running')`,
  `CREATE INDEX agent_task_queue_agent_active ON agent_task_queue (agent_id)
    WHERE status IN ('queued', 'dispatched', 'running')`,
  `CREATE INDEX agent_task_queue_held ON agent_task_queue (agent_id, issue_id)
    WHERE status IN ('dispatched', 'running')`,
  'CREATE INDEX agent_task_queue_agent ON agent_task_queue (agent_id, created_at)',
  'CREATE INDEX agent_task_queue_issue ON agent_task_queue (issue_id, created_at)',
  'CREATE INDEX agent_task_queue_workspace ON agent_task_queue (workspace_id, created_at)',
  `CREATE INDEX agent_task_queue_unsealed ON agent_task_queue (completed_at)
    WHERE sealed_at IS NULL AND status IN ('completed', 'failed', 'cancelled')`,

  `CREATE TABLE comment (
    id $ID PRIMARY KEY, issue_id $ID NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    author_type TEXT NOT NULL CHECK (author_type IN ('member', 'agent')), author_id $ID NOT NULL,
    content TEXT NOT NULL,
    type TEXT NOT NULL DEFAULT 'comment'
      CHECK (type IN ('comment', 'status_change', 'progress_update', 'system')),
    parent_id $ID REFERENCES comment (id) ON DELETE CASCADE,
    task_id $ID REFERENCES agent_task_queue (id) ON DELETE SET NULL,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL)`,
  'CREATE INDEX comment_issue ON comment (issue_id, created_at)',

  `CREATE TABLE task_message (
    task_id $ID NOT NULL REFERENCES agent_task_queue (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL, given_seq INTEGER, type TEXT NOT NULL,
    payload TEXT NOT NULL, live TEXT, created_at $TIME NOT NULL,
    PRIMARY KEY (task_id, seq)) $NO_ROWID`,
  'CREATE UNIQUE INDEX task_message_given ON task_message (task_id, given_seq) WHERE given_seq IS NOT NULL',

  `CREATE TABLE skill (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', content TEXT NOT NULL DEFAULT '',
    config $DATA NOT NULL, created_by $ID REFERENCES "user" (id) ON DELETE SET NULL,
    created_at $TIME NOT NULL, updated_at $TIME NOT NULL,
    UNIQUE (workspace_id, name))`,

  `CREATE TABLE skill_file (
    id $ID PRIMARY KEY, skill_id $ID NOT NULL REFERENCES skill (id) ON DELETE CASCADE,
    path TEXT NOT NULL, content TEXT NOT NULL, created_at $TIME NOT NULL, updated_at $TIME NOT NULL,
    UNIQUE (skill_id, path))`,

  `CREATE TABLE agent_skill (
    agent_id $ID NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    skill_id $ID NOT NULL REFERENCES skill (id) ON DELETE CASCADE,
    created_at $TIME NOT NULL, PRIMARY KEY (agent_id, skill_id))`,

  `CREATE TABLE activity_log (
    id $ID PRIMARY KEY, workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    issue_id $ID REFERENCES issue (id) ON DELETE CASCADE,
    actor_type TEXT NOT NULL CHECK (actor_type IN ('member', 'agent', 'system')), actor_id $ID,
    action TEXT NOT NULL, details $DATA NOT NULL, created_at $TIME NOT NULL)`,
  'CREATE INDEX activity_log_issue ON activity_log (issue_id, created_at)',

  `CREATE TABLE event (
    workspace_id $ID NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL, type TEXT NOT NULL, payload TEXT NOT NULL,
    task_id $ID, agent_id $ID, created_at $TIME NOT NULL,
    PRIMARY KEY (workspace_id, seq))`,
  'CREATE INDEX event_age ON event (created_at)',

  `CREATE TABLE idempotency_key (
    user_id $ID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL, request TEXT NOT NULL, status INTEGER, body TEXT,
    created_at $TIME NOT NULL, PRIMARY KEY (user_id, idempotency_key))`,
]
