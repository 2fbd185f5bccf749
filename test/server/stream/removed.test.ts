import assert from 'node:assert/strict'
import {afterEach, beforeEach, test} from 'node:test'
import {ended} from '../../support/following.js'
import {openSse, type SseReader} from '../../support/sse-reader.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('what is removed while people follow it', (newDatabase) => {
  let server: WorkServer
  beforeEach(async () => {
    server = await startWorkServer(await newDatabase())
  })
  afterEach(() => server.stop())

  const follow = async (path: string): Promise<SseReader> => {
    const reader = await openSse(`${server.url}${path}`, {token: server.token})
    await until('it follows', () => reader.events.length > 0)
    return reader
  }
  /** Of a run that was cancelled, and whose worker has not said yet that it is over. */
  const followCancelled = async () => {
    const run = await server.run()
    const reader = await follow(`/api/tasks/${run.task.id}/stream`)
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    await until('it is cancelled', () =>
      reader.named('task:status').some(({data}) => JSON.parse(data).status === 'cancelled'),
    )
    return {run, reader}
  }

  for (const what of ['issue', 'agent', 'workspace'] as const) {
    test(`the ${what} of a run that was cancelled`, async () => {
      const {run, reader} = await followCancelled()
      const id = {issue: run.issue.id, agent: server.agentId, workspace: server.workspaceId}[what]
      const removed = await server.owner('DELETE', `/api/${what}s/${id}`)
      assert.ok(removed.status < 300, String(removed.status))
      await ended(reader)
      assert.equal(reader.named('end').length, 0)
    })
  }

  test('a workspace', async () => {
    const events = await follow(`/api/events?workspace_id=${server.workspaceId}`)
    assert.ok((await server.owner('DELETE', `/api/workspaces/${server.workspaceId}`)).status < 300)
    await ended(events)
  })
})
