import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import type {Browser, BrowserContext, Page} from 'playwright-core'
import {type RunningServer, startServer} from '../../server/server.js'
import {silentLog} from '../../src/log.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import {openBrowser} from './browser.js'
import {type Call, caller} from './call.js'
import {tempFolder} from './temp-folder.js'

/** A run whose worker is the test. */
export interface BenchRun {
  task: ClaimedTask
  /** Uploads the next messages of the transcript. */
  say(...messages: NewTaskMessage[]): Promise<void>
  progress(body: object): Promise<void>
  /** As the worker, below the task's path. */
  post(what: string, body: object): Promise<void>
  complete(output: string): Promise<void>
  fail(error: string): Promise<void>
  /** Acknowledges a cancel. */
  cancelled(): Promise<void>
}

/** A browser page that writes down what goes wrong in it. */
export interface BenchPage {
  page: Page
  problems: string[]
}

/** A whole server, an agent without a daemon, and a signed-in browser. */
export interface WebBench {
  readonly url: string
  readonly agentId: string
  /** As the owner. */
  owner: Call
  /** Stops the server; `start` brings it back on the same port. */
  stopServer(): Promise<void>
  startServer(): Promise<void>
  /** Claims the oldest queued task and starts it. */
  claim(): Promise<BenchRun>
  open(path: string, options?: {signedIn?: boolean; width?: number}): Promise<BenchPage>
  signInLink(): Promise<string>
  close(): Promise<void>
}

export async function startWebBench(): Promise<WebBench> {
  const dataDir = await tempFolder()
  const start = (port: number) => startServer({host: '127.0.0.1', port, dataDir, log: silentLog})
  let server: RunningServer = await start(0)
  const {url, port} = server
  const token = await server.createOwnerToken('test')
  const {body: workspaces} = await caller(url, token)('GET', '/api/workspaces')
  const owner = caller(url, token, workspaces[0].id)
  const {runtimeId, agentId} = await addAgent(owner, workspaces[0].id)
  const browser = await openBrowser()
  const signedIn = await signIn(browser, await server.createSignInLink())
  const contexts: BrowserContext[] = []
  return {
    url,
    agentId,
    owner,
    signInLink: () => server.createSignInLink(),
    stopServer: () => server.stop(),
    async startServer() {
      server = await start(port)
    },
    async claim() {
      const claimed = await owner('POST', `/api/daemon/runtimes/${runtimeId}/tasks/claim`)
      assert.ok(claimed.body.task, 'there is no task to claim')
      return startRun(url, claimed.body.task)
    },
    async open(path, options = {}) {
      const context = await browser.newContext({
        viewport: {width: options.width ?? 1280, height: 900},
        ...(options.signedIn !== false && {storageState: signedIn}),
      })
      contexts.push(context)
      return openPage(context, `${url}${path}`)
    },
    async close() {
      await browser.close()
      await server.stop()
      await rm(dataDir, {recursive: true, force: true})
    },
  }
}

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>

async function signIn(browser: Browser, link: string): Promise<StorageState> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.waitForURL('**/issues')
  const state = await context.storageState()
  await context.close()
  return state
}

async function openPage(context: BrowserContext, url: string): Promise<BenchPage> {
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto(url)
  return {page, problems}
}

async function addAgent(owner: Call, workspaceId: string) {
  const registered = await owner('POST', '/api/daemon/register', {
    body: {
      workspace_id: workspaceId,
      daemon_id: 'host',
      task_tokens: true,
      runtimes: [{type: 'claude', name: 'Claude on host'}],
    },
  })
  const runtimeId: string = registered.body.runtimes[0].id
  const agent = await owner('POST', '/api/agents', {body: {name: 'Ada', runtime_id: runtimeId}})
  assert.equal(agent.status, 201)
  return {runtimeId, agentId: agent.body.id as string}
}

async function startRun(url: string, task: ClaimedTask): Promise<BenchRun> {
  const worker = caller(url, task.task_token)
  const path = `/api/daemon/tasks/${task.id}`
  let seq = 0
  const post = async (what: string, body: object) => {
    const answer = await worker('POST', `${path}/${what}`, {body})
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
  await post('start', {})
  return {
    task,
    say: (...messages) => {
      const at = new Date().toISOString()
      return post('messages', {messages: messages.map((message) => ({...message, seq: ++seq, at}))})
    },
    progress: (body) => post('progress', body),
    post,
    complete: (output) => post('complete', {output, last_seq: seq}),
    fail: (error) => post('fail', {error, last_seq: seq}),
    cancelled: () => post('cancelled', {last_seq: seq}),
  }
}
