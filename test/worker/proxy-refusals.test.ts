import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {type FrontProxy, startFrontProxy} from '../support/front-proxy.js'
import {until} from '../support/until.js'
import {startWorkerBench, type WorkerBench} from '../support/worker-bench.js'

/** Says something again and again until it is told to finish. */
const TALKING = `
  import {existsSync} from 'node:fs'
  for (let n = 1; !existsSync('go'); n++) {
    console.log(JSON.stringify({type: 'status', content: 'n' + n}))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  console.log('done')`

describe('a proxy whose server is being replaced', () => {
  let bench: WorkerBench
  let proxy: FrontProxy
  /** The status that it answers with by itself. */
  let status: number | undefined
  let refused: string[] = []
  before(async () => {
    bench = await startWorkerBench()
    proxy = await startFrontProxy(
      () => bench.server.url,
      (req, res) => {
        if (status === undefined) return false
        refused.push(`${req.method} ${req.url?.split('?')[0]?.split('/').at(-1)}`)
        res.writeHead(status, {'content-type': 'text/plain'}).end(`${status} page not found\n`)
        return true
      },
    )
  })
  after(async () => {
    await proxy.close()
    await bench.stop()
  })
  const away = (answer: number) => {
    refused = []
    status = answer
    proxy.cut()
  }
  const heard = (...calls: string[]) =>
    until('it was refused', () =>
      calls.every((call) => refused.filter((one) => one === call).length >= 2),
    )

  for (const answer of [401, 403, 404, 405, 410]) {
    test(`answers ${answer}: the agent goes on, and nothing is lost`, async () => {
      const run = await bench.run({agent: TALKING, serverUrl: proxy.url})
      const worker = run.start()
      await run.hears(/n1/)
      away(answer)
      await heard('POST messages', 'GET stream')
      const {length} = (await run.journal()).messages
      await until(
        'the agent goes on',
        async () => (await run.journal()).messages.length > length + 5,
      )
      status = undefined
      await writeFile(join(run.workDir, 'go'), '')
      assert.equal(await worker.exited, 0)
      const task = await run.task()
      assert.deepEqual([task.status, task.result.output], ['completed', 'done'])
      const {messages} = await run.journal()
      assert.deepEqual(
        (await run.messages()).map(({seq, content}) => [seq, content]),
        messages.map(({seq, content}) => [seq, content]),
      )
    })
  }

  test('is waited for at the start and at the end', async () => {
    const run = await bench.run({agent: TALKING, serverUrl: proxy.url})
    away(404)
    const worker = run.start()
    await heard('POST start')
    status = undefined
    await run.hears(/n1/)
    away(404)
    await writeFile(join(run.workDir, 'go'), '')
    await until('the end is on the disk', async () => (await run.journal()).end)
    status = undefined
    assert.equal(await worker.exited, 0)
    assert.equal((await run.task()).status, 'completed')
  })
})

/** A proxy says the same things in its own words; these are the ones that count. */
test('every refusal of the server has a code', async () => {
  const bench = await startWorkerBench()
  try {
    const {task} = await bench.server.run()
    const nobody = '00000000-0000-4000-8000-000000000000'
    const calls: [string, string][] = [
      ['GET', `/api/tasks/${nobody}/stream?only=status`],
      ['GET', '/api/events'],
      ['GET', `/api/daemon/tasks/${nobody}/messages`],
      ['GET', `/api/daemon/tasks/${nobody}/inbox`],
      ['PUT', `/api/daemon/tasks/${nobody}/diff`],
      ...[
        'start',
        'messages',
        'progress',
        'session',
        'requests',
        'complete',
        'fail',
        'cancelled',
      ].map((verb): [string, string] => ['POST', `/api/daemon/tasks/${nobody}/${verb}`]),
      ['POST', '/api/no/such/path'],
    ]
    for (const [method, path] of calls) {
      for (const token of [undefined, 'nonsense', task.task_token, bench.server.token]) {
        const response = await fetch(`${bench.server.url}${path}`, {
          method,
          headers: {
            'content-type': 'application/json',
            ...(token && {authorization: `Bearer ${token}`}),
          },
          ...(method !== 'GET' && {body: '{}'}),
        })
        const text = await response.text()
        assert.ok(response.status >= 400, `${method} ${path} ${response.status}`)
        assert.match(JSON.parse(text).code, /^[a-z_]+$/, `${method} ${path}: ${text}`)
      }
    }
  } finally {
    await bench.stop()
  }
})
