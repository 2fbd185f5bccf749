import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {CheckoutDiff, DiffFile} from '../../../src/protocol/task-diff.js'
import {type Call, caller} from '../../support/call.js'
import {describeOnBoth} from '../../support/test-database.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

const file = (change: Partial<DiffFile> = {}): DiffFile => ({
  path: 'a.txt',
  old_path: null,
  change: 'added',
  additions: 1,
  deletions: 0,
  size: 6,
  uncommitted: false,
  patch: 'diff --git a/a.txt b/a.txt\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+hello\n',
  omitted: null,
  altered: false,
  ...change,
})

const checkout = (change: Partial<CheckoutDiff> = {}): CheckoutDiff => ({
  name: 'app',
  url: 'https://example.org/app.git',
  branch: 'agent/claude/12345678',
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  commits: [{sha: 'b'.repeat(40), subject: 'Add a', author: 'Ada', at: '2026-11-23T10:00:00Z'}],
  commits_total: 1,
  files: [file()],
  files_total: 1,
  additions: 1,
  deletions: 0,
  truncated: false,
  error: null,
  ...change,
})

describeOnBoth('the diff of a run', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  })
  after(() => server.stop())

  const put = (run: StartedRun, ...checkouts: CheckoutDiff[]) =>
    run.worker('PUT', `${run.path}/diff`, {body: {checkouts}})
  const read = (run: StartedRun, as: Call = server.owner) =>
    as('GET', `/api/tasks/${run.task.id}/diff`)
  const complete = (run: StartedRun) =>
    run.worker('POST', `${run.path}/complete`, {body: {output: 'done', last_seq: 0}})

  test('is stored by the holder of its token, told to readers, and may come twice', async () => {
    const run = await server.run()
    assert.equal((await read(run)).status, 404)
    for (let times = 0; times < 2; times++) assert.equal((await put(run, checkout())).status, 200)
    await complete(run)
    const {body} = await read(run)
    assert.deepEqual(body.checkouts, [checkout()])
    assert.equal(body.task_id, run.task.id)
    const {body: task} = await server.owner('GET', `/api/tasks/${run.task.id}`)
    assert.deepEqual(task.diff, {files: 1, additions: 1, deletions: 0, commits: 1})
  })

  test('may come after the end, and is not changed then', async () => {
    const run = await server.run()
    await complete(run)
    assert.equal((await put(run, checkout({branch: 'first'}))).status, 200)
    assert.equal((await put(run, checkout({branch: 'second'}))).status, 200)
    assert.equal((await read(run)).body.checkouts[0].branch, 'first')
  })

  test('is a patch for who asks for one', async () => {
    const run = await server.run()
    await put(run, checkout())
    const response = await fetch(`${server.url}/api/tasks/${run.task.id}/diff`, {
      headers: {authorization: `Bearer ${server.token}`, accept: 'text/x-diff'},
    })
    assert.match(response.headers.get('content-type') ?? '', /^text\/x-diff/)
    assert.equal(await response.text(), file().patch)
  })

  test('is taken from nobody else and shown to no stranger', async () => {
    const [run, other] = [await server.run(), await server.run()]
    const forged = await other.worker('PUT', `${run.path}/diff`, {body: {checkouts: [checkout()]}})
    assert.equal(forged.status, 403)
    const owner = await server.owner('PUT', `${run.path}/diff`, {body: {checkouts: [checkout()]}})
    assert.equal(owner.status, 403)
    await put(run, checkout())
    const stranger = caller(server.url, await server.strangerToken())
    assert.equal((await read(run, stranger)).status, 404)
    assert.equal((await read(run, other.worker)).status, 200)
  })

  test('is masked again, and refused with the name of a field that is wrong (fault H12)', async () => {
    const run = await server.run()
    const secret = `ghp_${'a1B2'.repeat(9)}`
    await put(run, checkout({files: [file({patch: `diff --git a/x b/x\n+${secret}\n`})]}))
    const {body} = await read(run)
    assert.doesNotMatch(JSON.stringify(body), new RegExp(secret))
    assert.equal(body.checkouts[0].files[0].altered, true)
    const wrong = await run.worker('PUT', `${run.path}/diff`, {
      body: {checkouts: [{...checkout(), files: [{...file(), change: 'eaten'}]}]},
    })
    assert.deepEqual([wrong.status, wrong.body.field], [400, 'checkouts.0.files.0.change'])
  })

  test('goes with the transcript when that is deleted', async () => {
    const run = await server.run()
    await put(run, checkout())
    await complete(run)
    const path = `/api/workspaces/${server.workspaceId}/prune`
    await server.owner('POST', path, {body: {older_than_days: 0}})
    assert.equal((await read(run)).status, 410)
    const {body: task} = await server.owner('GET', `/api/tasks/${run.task.id}`)
    assert.equal(task.diff.files, 1)
  })
})
