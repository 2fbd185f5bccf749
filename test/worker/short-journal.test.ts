import assert from 'node:assert/strict'
import {readFile, rm, writeFile} from 'node:fs/promises'
import {after, before, describe, test} from 'node:test'
import {until} from '../support/until.js'
import {startWorkerBench, type WorkerBench, type WorkerRun} from '../support/worker-bench.js'

/** Has a call open and goes on until it is ended. */
const AGENT = `
  const say = (message) => console.log(JSON.stringify(message))
  for (let n = 1; n <= 250; n++) say({type: 'status', content: 'n' + n})
  say({type: 'tool_use', tool: 'bash', call_id: 'open', input: {command: 'make'}})
  say({type: 'status', content: 'ready'})
  setInterval(() => {}, 1000)`
const SAID = [...Array.from({length: 250}, (_, index) => `n${index + 1}`), undefined, 'ready']

describe('a journal that comes back shorter after a power cut', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  /** Runs until the server has everything, and ends the worker like a power cut. */
  async function cutOff(): Promise<WorkerRun> {
    const run = await bench.run({agent: AGENT})
    const worker = run.start()
    await run.hears(/ready/)
    process.kill(worker.pid, 'SIGKILL')
    await worker.exited
    return run
  }

  async function takenOver(run: WorkerRun): Promise<void> {
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'worker_lost'])
    const messages = await run.messages()
    assert.deepEqual(
      messages.map(({seq}) => seq),
      messages.map((_, index) => index + 1),
    )
    assert.deepEqual(
      messages.slice(0, SAID.length).map(({content}) => content),
      SAID,
    )
    const [closed, error] = messages.slice(SAID.length)
    assert.deepEqual([closed?.type, closed?.call_id, error?.type], ['tool_result', 'open', 'error'])
    assert.deepEqual(
      (await run.journal()).messages.map(({seq, type, content}) => [seq, type, content]),
      messages.map(({seq, type, content}) => [seq, type, content]),
    )
    assert.equal((await run.record()).lost, 0)
  }

  const lines = async (run: WorkerRun): Promise<string[]> =>
    (await readFile(run.folder.journal, 'utf8')).split(/(?<=\n)/)

  for (const [what, change] of [
    ['by some lines and a half', (all: string[]) => all.slice(0, 6).join('').slice(0, -10)],
    ['by everything', () => ''],
    ['with zeros in its middle', (all: string[]) => all.with(3, `${'\0'.repeat(80)}\n`).join('')],
  ] as const) {
    test(`${what}: no number is given twice, and the server's messages come back`, async () => {
      const run = await cutOff()
      await writeFile(run.folder.journal, change(await lines(run)))
      assert.equal(await run.toEnd(), 0)
      await takenOver(run)
    })
  }

  test('while the server is away: its messages are waited for, and the end has its own time', async () => {
    const run = await cutOff()
    await writeFile(run.folder.journal, (await lines(run)).slice(0, 5).join(''))
    bench.network.off()
    const worker = run.start()
    await until('it has taken over', async () => (await run.record()).pid === worker.pid)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const returned = new Date().toISOString()
    bench.network.on()
    assert.equal(await worker.exited, 0)
    await takenOver(run)
    assert.ok((await run.task()).completed_at < returned)
  })

  test('before the agent has begun: the run goes on behind what the server has', async () => {
    const run = await bench.run({agent: `console.log('done')`})
    const {task} = JSON.parse(await readFile(run.folder.spec, 'utf8'))
    const sent = await fetch(`${bench.server.url}/api/daemon/tasks/${run.taskId}/messages`, {
      method: 'POST',
      headers: {authorization: `Bearer ${task.task_token}`, 'content-type': 'application/json'},
      body: JSON.stringify({messages: [{seq: 1, type: 'status', content: 'another run works'}]}),
    })
    assert.equal(sent.status, 200)
    await rm(run.folder.journal, {force: true})
    assert.equal(await run.toEnd(), 0)
    assert.equal((await run.task()).status, 'completed')
    assert.deepEqual(
      (await run.messages()).map(({seq, content}) => [seq, content]),
      [
        [1, 'another run works'],
        [2, 'done'],
      ],
    )
  })
})
