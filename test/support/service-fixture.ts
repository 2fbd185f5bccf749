import type {Access} from '../../server/auth/principal.js'
import type {ServerContext} from '../../server/context.js'
import {type Database, openDatabase} from '../../server/database.js'
import {createEventLog} from '../../server/feed/event-log.js'
import {createWakeups} from '../../server/feed/wakeups.js'
import {createLease} from '../../server/lease.js'
import type {Agent} from '../../server/models/agent.js'
import type {Runtime} from '../../server/models/runtime.js'
import {newId} from '../../src/ids.js'
import {silentLog} from '../../src/log.js'
import type {AgentTrigger} from '../../src/protocol/agent.js'
import type {Role} from '../../src/protocol/workspace.js'
import type {TestDatabase} from './test-database.js'

/** Defaults of an agent that is made without triggers (contract §2.7). */
export const BOTH_TRIGGERS: AgentTrigger[] = [
  {type: 'on_assign', enabled: true},
  {type: 'on_comment', enabled: true},
]

/** A clock that stands until it is moved, but never shows the same millisecond twice. */
export class TestClock {
  #now = Date.parse('2026-03-01T10:00:00.000Z')
  readonly now = (): Date => new Date(this.#now++)
  move(ms: number): void {
    this.#now += ms
  }
}

/** A workspace with an owner, ready for services; no HTTP. */
export interface ServiceFixture {
  context: ServerContext
  clock: TestClock
  workspaceId: string
  owner: Access
  ownerId: string
  /** Opens the same database again, as a restarted server does. */
  reopen(): Promise<ServerContext>
  addMember(role: Role): Promise<Access>
  addRuntime(options?: {
    taskTokens?: boolean
    daemonId?: string
    ownerId?: string
  }): Promise<Runtime>
  addAgent(runtime: Runtime, options?: Partial<NewAgentRow>): Promise<Agent>
  /** Types of the workspace's events, in order; payloads parsed. */
  events(
    type?: string,
  ): Promise<{type: string; payload: Record<string, unknown>; agentId: string | null}[]>
  close(): Promise<void>
}

interface NewAgentRow {
  name: string
  max_concurrent_tasks: number
  triggers: AgentTrigger[]
  visibility: 'workspace' | 'private'
  owner_id: string
}

export async function createServiceFixture(database: TestDatabase): Promise<ServiceFixture> {
  const opened: Database[] = []
  const clock = new TestClock()
  const open = async (): Promise<ServerContext> => {
    const db = await openDatabase({url: database.url, log: silentLog})
    opened.push(db)
    const wakeups = createWakeups()
    return {
      db,
      wakeups,
      events: createEventLog(db, wakeups),
      log: silentLog,
      lease: createLease(),
      now: clock.now,
    }
  }
  const context = await open()
  const {models} = context.db
  const slug = `w-${newId()}`
  const workspace = await models.Workspace.create({name: 'Local', slug, issue_prefix: 'LOC'})
  const addMember = async (role: Role): Promise<Access> => {
    const user = await models.User.create({name: `The ${role}`, email: `${newId()}@example.org`})
    await models.Member.create({workspace_id: workspace.id, user_id: user.id, role})
    return {
      workspaceId: workspace.id,
      workspaceSlug: slug,
      role,
      principal: {
        kind: 'user',
        userId: user.id,
        via: 'pat',
        credentialId: newId(),
        expiresAt: null,
      },
      actor: {type: 'member', id: user.id},
    }
  }
  const owner = await addMember('owner')
  return {
    context,
    clock,
    workspaceId: workspace.id,
    owner,
    ownerId: owner.actor.id,
    reopen: open,
    addMember,
    addRuntime: (options = {}) =>
      models.Runtime.create({
        workspace_id: workspace.id,
        owner_id: options.ownerId ?? owner.actor.id,
        daemon_id: options.daemonId ?? `host-${newId()}`,
        name: 'Claude',
        provider: 'claude',
        status: 'online',
        task_tokens: options.taskTokens ?? true,
        last_seen_at: clock.now(),
      }),
    addAgent: (runtime, options = {}) =>
      models.Agent.create({
        workspace_id: workspace.id,
        runtime_id: runtime.id,
        name: 'claude',
        runtime_mode: 'local',
        triggers: BOTH_TRIGGERS,
        ...options,
      }),
    async events(type) {
      const rows = await models.Event.findAll({
        where: {workspace_id: workspace.id, ...(type !== undefined && {type})},
        order: [['seq', 'ASC']],
      })
      return rows.map((row) => ({
        type: row.type,
        payload: JSON.parse(row.payload) as Record<string, unknown>,
        agentId: row.agent_id,
      }))
    },
    async close() {
      for (const db of opened) await db.close()
    },
  }
}
