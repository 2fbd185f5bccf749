import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {complete, ended} from '../../support/following.js'
import {openSse, type SseReader} from '../../support/sse-reader.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('a run that follows runs', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 10}})
  })
  after(() => server.stop())

  const follow = async (of: StartedRun, by: StartedRun): Promise<SseReader> => {
    const reader = await openSse(`${server.url}/api/tasks/${of.task.id}/stream`, {
      token: by.task.task_token ?? '',
    })
    if (reader.status === 200) {
      await until('it follows', () => reader.named('task:status').length > 0)
    }
    return reader
  }

  test('reads its own to the end, and no other one after it', async () => {
    const [reading, other] = [await server.run(), await server.run()]
    const own = await follow(reading, reading)
    const foreign = await follow(other, reading)
    const stays = await follow(other, other)
    assert.equal((await complete(reading, 0)).status, 200)
    await ended(own)
    assert.equal(own.named('end').length, 1)
    await ended(foreign)
    assert.equal(foreign.named('end').length, 0)
    assert.equal((await follow(other, reading)).status, 403)
    const again = await follow(reading, reading)
    await ended(again)
    assert.equal(again.named('end').length, 1)
    assert.equal(stays.ended, false)
    stays.close()
  })

  test('sees no more of one that was deleted, nor after its own was', async () => {
    const [reading, other, third] = [await server.run(), await server.run(), await server.run()]
    const readers = [await follow(other, reading), await follow(third, reading)]
    await server.owner('DELETE', `/api/issues/${other.issue.id}`)
    await until('one has ended', () => readers[0]?.ended === true)
    assert.equal(readers[1]?.ended, false)
    await server.owner('DELETE', `/api/issues/${reading.issue.id}`)
    await until('the other has ended', () => readers[1]?.ended === true)
  })
})
