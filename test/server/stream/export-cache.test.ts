import assert from 'node:assert/strict'
import {once} from 'node:events'
import {type IncomingMessage, request} from 'node:http'
import {text} from 'node:stream/consumers'
import {after, before, test} from 'node:test'
import {complete, uploadAll} from '../../support/following.js'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('a transcript in a cache', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  /** As a cache asks: fetch would add that it wants no answer of a cache. */
  const ask = async (path: string, headers: Record<string, string>) => {
    const req = request(`${server.url}${path}`, {
      agent: false,
      headers: {authorization: `Bearer ${server.token}`, ...headers},
    })
    req.end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    return {status: res.statusCode, headers: res.headers, body: await text(res)}
  }

  test('is the list for who asks for a list, and the file for who asks for a file', async () => {
    const run = await server.run()
    const path = `/api/tasks/${run.task.id}/messages`
    await uploadAll(run, 1, 2)
    assert.match((await ask(path, {})).headers.vary ?? '', /\bAccept\b(?!-)/)
    await complete(run, 2)
    const types = ['application/json', 'application/x-ndjson']
    const answers = await Promise.all(types.map((accept) => ask(path, {accept})))
    const [list, file] = answers
    assert.equal(JSON.parse(list?.body ?? '').length, 2)
    assert.equal(file?.body.trimEnd().split('\n').length, 2)
    for (const {headers} of answers) assert.match(headers.vary ?? '', /\bAccept\b(?!-)/)
    assert.notEqual(list?.headers.etag, file?.headers.etag)
    for (const accept of types) {
      const statuses = []
      for (const answer of answers) {
        const again = await ask(path, {accept, 'if-none-match': answer.headers.etag ?? ''})
        statuses.push(again.status)
      }
      assert.deepEqual(statuses, accept === 'application/json' ? [304, 200] : [200, 304])
    }
  })
})
