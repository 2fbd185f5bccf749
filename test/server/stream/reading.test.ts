import assert from 'node:assert/strict'
import {request} from 'node:http'
import {after, before, test} from 'node:test'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Database, openDatabase} from '../../../server/database.js'
import {readNewest, readPage} from '../../../server/services/stored-messages.js'
import {createLog, silentLog} from '../../../src/log.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

const MIB = 1024 * 1024
const COUNT = 24

/** Text messages of about a megabyte with letters of one byte and of three. */
const large = (seq: number) => ({
  seq,
  type: 'text',
  at: '2026-03-01T10:00:00.000Z',
  content: (seq % 2 ? 'x' : '語x').repeat(seq % 2 ? 900_000 : 225_000),
})

/** A page is bounded by its bytes as well: a thousand messages may have a gigabyte (stream §4). */
describeOnBoth('reading large messages', (newDatabase) => {
  let server: WorkServer
  let run: StartedRun
  let db: Database
  let pagesRead = 0
  before(async () => {
    const database = await newDatabase()
    const write = (line: string) => {
      if (line.includes('SELECT seq, payload')) pagesRead++
    }
    server = await startWorkServer(database, createLog('trace', {write}))
    run = await server.run()
    for (let seq = 1; seq <= COUNT; seq += 4) {
      const messages = [0, 1, 2, 3].map((more) => large(seq + more))
      const {status} = await run.worker('POST', `${run.path}/messages`, {body: {messages}})
      assert.equal(status, 200)
    }
    db = await openDatabase({url: database.url, log: silentLog})
  })
  after(async () => {
    await db.close()
    await server.stop()
  })

  const expected = (from: number, to: number): string => {
    const rows = Array.from({length: to - from + 1}, (_, index) => large(from + index))
    return JSON.stringify(rows.map(({content}) => content))
  }
  const contents = (body: {content: string}[]) => JSON.stringify(body.map(({content}) => content))

  test('a page has no more than a mebibyte and one message, and all pages have everything once', async () => {
    const seqs: number[] = []
    for (;;) {
      const page = await readPage(db, run.task.id, {after: seqs.at(-1) ?? 0, upTo: COUNT - 1})
      const sizes = page.map(({payload}) => Buffer.byteLength(payload))
      assert.ok(sizes.slice(0, -1).reduce((sum, size) => sum + size, 0) < MIB)
      if (page.length === 0) break
      seqs.push(...page.map(({seq}) => seq))
    }
    assert.deepEqual(
      seqs,
      Array.from({length: COUNT - 1}, (_, index) => index + 1),
    )
  })

  test('the newest are read from the end', async () => {
    const range = {after: 0, upTo: COUNT, bytes: 2 * MIB}
    const rows = await readNewest(db, run.task.id, range)
    assert.deepEqual(
      rows.map(({seq}) => seq),
      [COUNT - 2, COUNT - 1, COUNT],
    )
    const one = await readNewest(db, run.task.id, {...range, bytes: 1})
    assert.deepEqual(
      one.map(({seq}) => seq),
      [COUNT],
    )
    assert.deepEqual(await readNewest(db, run.task.id, {...range, after: COUNT}), [])
  })

  test('a list is whole, however many pages it was read in', async () => {
    const path = `/api/tasks/${run.task.id}/messages`
    for (const [query, from, to] of [
      ['', 1, COUNT],
      ['?since=3&limit=5', 4, 8],
      ['?tail=6', COUNT - 5, COUNT],
      ['?since=23', COUNT, COUNT],
    ] as const) {
      const {body, headers} = await server.owner('GET', path + query)
      assert.ok(contents(body) === expected(from, to), query)
      assert.equal(
        headers.get('link'),
        to === 8 ? `<${path}?since=8&limit=5>; rel="next"` : null,
        query,
      )
    }
    assert.deepEqual((await server.owner('GET', `${path}?since=${COUNT}`)).body, [])
    const original = await run.worker('GET', `${run.path}/messages`)
    assert.ok(contents(original.body) === expected(1, COUNT))
    const {body} = await server.owner('GET', `${path}/7`)
    assert.equal(body.content, large(7).content)
  })

  test('a reader that takes nothing has the server read a few pages, not all', async () => {
    for (const path of [`/api/tasks/${run.task.id}/messages`, `${run.path}/messages`]) {
      for (const accept of ['application/json', 'application/x-ndjson']) {
        pagesRead = 0
        const token = path === `${run.path}/messages` ? run.task.task_token : server.token
        const headers = {authorization: `Bearer ${token}`, accept}
        const req = request(`${server.url}${path}`, {agent: false, headers})
        req.on('error', () => {})
        req.on('response', (res) => res.pause())
        req.end()
        await until('it has begun', () => pagesRead > 0)
        await sleep(500)
        const read = pagesRead
        await sleep(200)
        assert.equal(pagesRead, read, 'it waits')
        assert.ok(read < COUNT / 2, `${read} pages of ${accept} were read at once`)
        req.destroy()
      }
    }
  })
})
