import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {caller} from '../../support/call.js'
import {uploadAll} from '../../support/following.js'
import {openSse} from '../../support/sse-reader.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('an agent that is hidden while people follow it', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  test('is followed from then on by those alone who may see it', async () => {
    const {workspaceId, agentId} = server
    const token = await server.strangerToken()
    const {body: me} = await caller(server.url, token)('GET', '/api/me')
    const members = `/api/workspaces/${workspaceId}/members`
    await server.owner('POST', members, {body: {email: me.email}})
    const run = await server.run()
    const paths = [
      `/api/tasks/${run.task.id}/stream`,
      `/api/events?workspace_id=${workspaceId}&task=${run.task.id}`,
    ]
    const open = (by: string) =>
      Promise.all(paths.map((path) => openSse(`${server.url}${path}`, {token: by})))
    const [theirs, own] = [await open(token), await open(server.token)]
    const all = [...theirs, ...own]
    await uploadAll(run, 1, 3)
    await until('all read', () => all.every((reader) => reader.seqs().length === 3))

    const hide = await server.owner('PUT', `/api/agents/${agentId}`, {
      body: {visibility: 'private'},
    })
    assert.equal(hide.status, 200)
    await until('the member reads no more', () => theirs.every((reader) => reader.ended))
    await uploadAll(run, 4, 5)
    await until('the owner reads on', () => own.every((reader) => reader.seqs().length === 5))
    assert.ok(theirs.every((reader) => reader.seqs().length === 3))
    assert.deepEqual(
      (await open(token)).map(({status}) => status),
      [404, 404],
    )
    for (const reader of own) reader.close()
  })
})
