import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {openDatabase} from '../../server/database.js'
import {createEventLog} from '../../server/feed/event-log.js'
import {createWakeups} from '../../server/feed/wakeups.js'
import {createLease} from '../../server/lease.js'
import {type RunningServer, startServer} from '../../server/server.js'
import {type AccountService, createAccountService} from '../../server/services/accounts.js'
import {newId} from '../../src/ids.js'
import {type Log, silentLog} from '../../src/log.js'
import type {Issue} from '../../src/protocol/issue.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import {type Call, type CallAnswer, caller} from './call.js'
import {tempFolder} from './temp-folder.js'
import type {TestDatabase} from './test-database.js'

export interface StartedRun {
  issue: Issue
  task: ClaimedTask
  /** As the worker that holds the task. */
  worker: Call
  /** Of the task's calls below `/api/daemon`. */
  path: string
}

/** A whole server with an owner, a runtime with task tokens and an agent on it. */
export interface WorkServer {
  readonly url: string
  readonly token: string
  readonly workspaceId: string
  readonly runtimeId: string
  readonly agentId: string
  /** As the owner, in the workspace. */
  owner: Call
  restart(): Promise<void>
  /** Files an issue for the agent. */
  assign(more?: object): Promise<CallAnswer>
  /** Files an issue, claims its task and starts it. */
  run(): Promise<StartedRun>
  /** A new member of the workspace without a role. */
  addMember(): Promise<Call>
  /** Of a person who has nothing to do with the workspace. */
  strangerToken(): Promise<string>
  stop(): Promise<void>
}

export async function startWorkServer(
  database: TestDatabase,
  log: Log = silentLog,
  leaseMs?: number,
): Promise<WorkServer> {
  const dataDir = await tempFolder()
  const start = (): Promise<RunningServer> =>
    startServer({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      databaseUrl: database.url,
      log,
      leaseMs,
    })
  let server = await start()
  const token = await server.createOwnerToken('test')
  const {body: workspaces} = await caller(server.url, token)('GET', '/api/workspaces')
  const workspaceId: string = workspaces[0].id
  const owner: Call = (...call) => caller(server.url, token, workspaceId)(...call)
  const {runtimeId, agentId} = await addAgent(owner, workspaceId)
  const assign = (more: object = {}) => {
    const assignee = {assignee_type: 'agent', assignee_id: agentId}
    const body = {title: 'Look into it', status: 'todo', ...assignee, ...more}
    return owner('POST', '/api/issues', {body})
  }
  return {
    get url() {
      return server.url
    },
    token,
    workspaceId,
    runtimeId,
    agentId,
    owner,
    assign,
    async restart() {
      await server.stop()
      server = await start()
    },
    async run() {
      const issue: Issue = (await assign()).body
      const claimed = await owner('POST', `/api/daemon/runtimes/${runtimeId}/tasks/claim`)
      const task: ClaimedTask = claimed.body.task
      assert.equal(task.issue_id, issue.id)
      const worker: Call = (...call) => caller(server.url, task.task_token)(...call)
      const path = `/api/daemon/tasks/${task.id}`
      assert.equal((await worker('POST', `${path}/start`, {body: {}})).body.status, 'running')
      return {issue, task, worker, path}
    },
    async addMember() {
      const email = `${newId()}@example.org`
      const added = await owner('POST', `/api/workspaces/${workspaceId}/members`, {body: {email}})
      assert.equal(added.status, 201)
      const memberToken = await tokenOf(database, added.body.user_id)
      return (...call) => caller(server.url, memberToken, workspaceId)(...call)
    },
    strangerToken: () =>
      withAccounts(database, async (accounts) => {
        const {id} = await accounts.userOfEmail(`${newId()}@example.org`)
        return (await accounts.createToken(id, 'stranger')).token
      }),
    async stop() {
      await server.stop()
      await rm(dataDir, {recursive: true, force: true})
    },
  }
}

async function addAgent(owner: Call, workspaceId: string) {
  const registered = await owner('POST', '/api/daemon/register', {
    body: {
      workspace_id: workspaceId,
      daemon_id: 'host',
      task_tokens: true,
      runtimes: [{type: 'claude', name: 'Claude'}],
    },
  })
  assert.equal(registered.status, 200)
  const runtimeId: string = registered.body.runtimes[0].id
  const agent = await owner('POST', '/api/agents', {body: {name: 'claude', runtime_id: runtimeId}})
  assert.equal(agent.status, 201)
  return {runtimeId, agentId: agent.body.id as string}
}

/** Nobody but the person may make a token of theirs, so it is made in the database. */
const tokenOf = (database: TestDatabase, userId: string): Promise<string> =>
  withAccounts(database, async (accounts) => (await accounts.createToken(userId, 'test')).token)

async function withAccounts<T>(
  database: TestDatabase,
  work: (accounts: AccountService) => Promise<T>,
): Promise<T> {
  const db = await openDatabase({url: database.url, log: silentLog})
  const wakeups = createWakeups()
  const events = createEventLog(db, wakeups)
  const context = {db, wakeups, events, log: silentLog, lease: createLease(), now: () => new Date()}
  try {
    return await work(createAccountService(context))
  } finally {
    await db.close()
  }
}
