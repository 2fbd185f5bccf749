import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {silentLog} from '../../src/log.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {Journal} from '../../src/worker/journal.js'
import {reportEnd} from '../../src/worker/report-end.js'
import {Uploader} from '../../src/worker/uploader.js'
import {type NarrowProxy, startNarrowProxy} from '../support/narrow-proxy.js'
import {tempFolder} from '../support/temp-folder.js'
import {newSqlite} from '../support/test-database.js'
import {startWorkServer, type WorkServer} from '../support/work-server.js'

const LIMIT = 64 * 1024
/** Text that does not become smaller than a half. */
const noise = (bytes: number) => randomBytes(bytes / 2).toString('hex')

describe('a way to the server that takes only small requests', () => {
  let folder: string
  let server: WorkServer
  let proxy: NarrowProxy
  before(async () => {
    folder = await tempFolder()
    server = await startWorkServer(newSqlite(folder))
    proxy = await startNarrowProxy(server.url, LIMIT)
  })
  after(async () => {
    await proxy.close()
    await server.stop()
    await rm(folder, {recursive: true, force: true})
  })

  test('batches are halved, a message that is too large alone is cut and says so, and the end arrives (fault A1)', async () => {
    const {task} = await server.run()
    const api = createApi(createHttpClient({serverUrl: proxy.url, token: task.task_token}))
    const journal = await Journal.open(join(folder, 'journal'))
    const over = new AbortController()
    const uploader = new Uploader({
      api,
      taskId: task.id,
      journal,
      ackedSeq: 0,
      log: silentLog,
      onTerminal: () => {},
      onClosed: () => {},
      signal: over.signal,
    })
    const said: TaskMessage[] = []
    const say = async (message: Omit<TaskMessage, 'seq'>) => {
      said.push({seq: said.length + 1, ...message} as TaskMessage)
      await journal.append(said.at(-1) as TaskMessage)
    }
    for (let n = 0; n < 120; n++) await say({type: 'text', content: noise(2000)})
    const large = noise(600_000)
    await say({type: 'tool_result', tool: 'cat', call_id: 'c', output: large})
    await say({type: 'text', content: 'the last word'})

    const end = {kind: 'complete', body: {output: noise(400_000), last_seq: 0}} as const
    const options = {api, taskId: task.id, journal, uploader, log: silentLog, signal: over.signal}
    assert.equal(await reportEnd(end, options), 'acknowledged')
    over.abort()
    await uploader.stopped()
    await journal.close()

    const stored: TaskMessage[] = (
      await server.owner('GET', `/api/daemon/tasks/${task.id}/messages`)
    ).body
    assert.deepEqual(
      stored.map(({seq}) => seq),
      said.map(({seq}) => seq),
    )
    assert.deepEqual(
      stored.filter(({type}) => type === 'text').map(({content}) => content),
      said.filter(({type}) => type === 'text').map(({content}) => content),
    )
    const cut = stored[120]
    assert.deepEqual([cut?.truncated, cut?.bytes_total], [true, 600_000])
    assert.ok(large.startsWith(cut?.output ?? ' ') && (cut?.output?.length ?? 0) > LIMIT)
    const {body} = await server.owner('GET', `/api/tasks/${task.id}`)
    assert.equal(body.status, 'completed')
    assert.match(body.result.output, /^[0-9a-f]{20000,}\n\n… cut here/)
    assert.ok(proxy.refused >= 5)
  })

  test('a large call of the command line goes compressed', async () => {
    const refused = proxy.refused
    const api = createApi(
      createHttpClient({
        serverUrl: proxy.url,
        token: server.token,
        workspaceId: server.workspaceId,
      }),
    )
    const description = 'one line of a log\n'.repeat(20_000)
    const issue = await api.createIssue({title: 'Long', description})
    assert.equal((await api.issue(issue.id)).description, description)
    assert.equal(proxy.refused, refused)
  })
})
