import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {after, before, describe, test} from 'node:test'
import {openDatabase} from '../../../server/database.js'
import {type RunningServer, startServer} from '../../../server/server.js'
import {createMessageWriter} from '../../../server/services/message-writer.js'
import {hashToken} from '../../../src/ids.js'
import {silentLog} from '../../../src/log.js'
import {caller} from '../../support/call.js'
import {openSse} from '../../support/sse-reader.js'
import {tempFolder} from '../../support/temp-folder.js'
import {type PostgresCluster, startPostgres} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describe('what several servers share', () => {
  let cluster: PostgresCluster
  let databaseUrl: string
  let folder: string
  let first: WorkServer
  let second: RunningServer
  const urls = () => [first.url, second.url] as const

  before(async () => {
    cluster = await startPostgres()
    const database = await cluster.newDatabase()
    databaseUrl = database.url
    folder = await tempFolder()
    first = await startWorkServer(database)
    second = await start()
  })
  after(async () => {
    await second?.stop()
    await first?.stop()
    await cluster?.stop()
    await rm(folder, {recursive: true, force: true})
  })
  const start = () =>
    startServer({host: '127.0.0.1', port: 0, dataDir: folder, databaseUrl, log: silentLog})

  test('a code works once, a session everywhere until it is ended anywhere (fault J10)', async () => {
    const [one, other] = urls()
    const {body: link} = await first.owner('POST', '/api/sign-in-links')
    const code = new URL(link.url).searchParams.get('code')
    const answers = await Promise.all(
      [one, other, one, other].map((url) =>
        caller(url, undefined)('POST', '/auth/link', {body: {code}}),
      ),
    )
    const good = answers.filter(({status}) => status === 200)
    assert.equal(good.length, 1)
    const cookie = good[0]?.headers.get('set-cookie')?.split(';')[0] ?? ''
    const headers = {cookie, 'sec-fetch-site': 'same-origin'}
    const me = (url: string) => caller(url, undefined)('GET', '/api/me', {headers})
    assert.deepEqual([(await me(one)).status, (await me(other)).status], [200, 200])
    await caller(one, undefined)('POST', '/auth/logout', {headers})
    assert.deepEqual([(await me(one)).status, (await me(other)).status], [401, 401])
  })

  test('the same creating call on both at once creates once (fault C10)', async () => {
    const headers = {'idempotency-key': 'the-same'}
    const call = (url: string) =>
      caller(url, first.token, first.workspaceId)('POST', '/api/issues', {
        headers,
        body: {title: 'Once'},
      })
    const create = async (url: string) =>
      until('it is done', async () => {
        const answer = await call(url)
        return answer.status === 503 ? undefined : answer
      })
    const answers = await Promise.all([...urls(), ...urls()].map(create))
    assert.deepEqual(new Set(answers.map(({status}) => status)), new Set([201]))
    assert.equal(new Set(answers.map(({body}) => body.id)).size, 1)
  })

  test('messages that nobody was told of come at the next look (fault A10)', async () => {
    const {task} = await first.run()
    const readers = await Promise.all(
      urls().map((url) => openSse(`${url}/api/tasks/${task.id}/stream`, {token: first.token})),
    )
    await until('all read', () => readers.every((reader) => reader.named('task:status').length > 0))
    // As a server does that dies between its commit and its notification.
    const db = await openDatabase({url: databaseUrl, log: silentLog})
    const payload = JSON.stringify({seq: 1, type: 'text', content: 'unheard'})
    await createMessageWriter(db).write({
      taskId: task.id,
      tokenHash: hashToken(task.task_token ?? ''),
      messages: [{seq: 1, type: 'text', payload, live: null}],
    })
    await until('all have it', () => readers.every((reader) => reader.seqs().length === 1), 20_000)
    await db.models.Task.update(
      {status: 'cancelled', sealed_at: new Date(), last_seq: 1, completed_at: new Date()},
      {where: {id: task.id}},
    )
    await until('all have ended', () => readers.every((reader) => reader.ended), 20_000)
    assert.ok(readers.every((reader) => reader.named('end').length === 1))
    await db.close()
  })

  test('access that was taken without a word ends streams at the next look', async () => {
    const {task} = await first.run()
    const {body: token} = await first.owner('POST', '/api/tokens', {body: {name: 'short'}})
    const readers = await Promise.all(
      urls().map((url) => openSse(`${url}/api/tasks/${task.id}/stream`, {token: token.token})),
    )
    const stays = await openSse(`${second.url}/api/tasks/${task.id}/stream`, {token: first.token})
    await until('all read', () => readers.every((reader) => reader.named('task:status').length > 0))
    const db = await openDatabase({url: databaseUrl, log: silentLog})
    await db.models.PersonalAccessToken.update({revoked: true}, {where: {id: token.id}})
    await until('all have ended', () => readers.every((reader) => reader.ended), 20_000)
    assert.equal(stays.ended, false)
    stays.close()
    await db.close()
  })

  test('guesses at codes are counted over all servers (fault I14)', async () => {
    const guess = (url: string) =>
      caller(url, undefined)('POST', '/auth/link', {body: {code: '0'.repeat(64)}})
    const statuses: number[] = []
    for (let n = 0; n < 12; n++) {
      for (const url of urls()) statuses.push((await guess(url)).status)
    }
    assert.ok(statuses.slice(0, 10).every((status) => status === 401))
    assert.ok(
      statuses.slice(-4).every((status) => status === 429),
      statuses.join(' '),
    )
  })

  test('a server that drains serves readers who are sent to it, and ends them in the end (fault K7)', async () => {
    const {task} = await first.run()
    const leaving = await start()
    const url = `${leaving.url}/api/tasks/${task.id}/stream`
    const before = await openSse(url, {token: first.token})
    const stopping = leaving.stop({drainMs: 1500})
    const during = await openSse(url, {token: first.token})
    assert.equal(during.status, 200)
    await until('it reads', () => during.named('task:status').length === 1)
    await stopping
    assert.ok(before.ended && during.ended)
    assert.equal(during.named('end').length, 0)
  })
})
