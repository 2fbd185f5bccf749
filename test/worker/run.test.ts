import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {mkdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {MAX_FIELD_BYTES} from '../../src/protocol/limits.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {startWorkerBench, type WorkerBench} from '../support/worker-bench.js'

const SAY = `const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');\n`

describe('a worker', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  const contiguous = (messages: TaskMessage[]) =>
    assert.deepEqual(
      messages.map(({seq}) => seq),
      messages.map((_, index) => index + 1),
    )

  test('runs an agent to its end: journal and server hold the same, and the result counts', async () => {
    const run = await bench.run({
      agent: `${SAY}
        let prompt = ''
        for await (const piece of process.stdin) prompt += piece
        say({type: 'thinking', content: 'hm'})
        say({type: 'tool_use', tool: 'bash', call_id: 'a', input: {command: 'ls'}})
        say({type: 'tool_result', call_id: 'a', output: 'x'})
        process.stderr.write('a warning\\n')
        say({type: 'text', content: prompt.includes('issue') ? 'told of the issue' : 'told nothing'})
        say({type: 'usage', usage: {input_tokens: 3, output_tokens: 4}})`,
    })
    assert.equal(await run.toEnd(), 0)
    const [{messages, end}, stored, task] = [
      await run.journal(),
      await run.messages(),
      await run.task(),
    ]
    contiguous(messages)
    assert.deepEqual(
      stored.map(({seq, type, content, output}) => ({seq, type, content, output})),
      messages.map(({seq, type, content, output}) => ({seq, type, content, output})),
    )
    assert.equal((end as {kind: string}).kind, 'complete')
    assert.equal(task.status, 'completed')
    assert.equal(task.result.output, 'told of the issue')
    assert.deepEqual([task.usage.input_tokens, task.usage.output_tokens], [3, 4])
    assert.equal(task.last_seq, messages.length)
    assert.ok(stored.some(({type, content}) => type === 'status' && content === 'a warning'))
    assert.equal((await stat(run.workDir)).mode & 0o777, 0o700)
    assert.equal((await stat(run.folder.journal)).mode & 0o777, 0o600)
    // Nobody waits for these: the last one may be late.
    assert.match(task.progress?.summary ?? '', /^(Launching script|Finishing task)$/)
    assert.ok(existsSync(run.folder.done))
    assert.equal(existsSync(run.folder.lock), false)
  })

  test('a run that is cancelled tells what it has used until then (fault N1)', async () => {
    const run = await bench.run({
      agent: `${SAY}
        say({type: 'usage', usage: {input_tokens: 7, output_tokens: 9}})
        say({type: 'text', content: 'ready'})
        setInterval(() => {}, 1000)`,
    })
    const worker = run.start()
    await run.hears(/ready/)
    await bench.server.owner('POST', `/api/tasks/${run.taskId}/cancel`)
    assert.equal(await worker.exited, 0)
    const {status, usage} = await run.task()
    assert.equal(status, 'cancelled')
    assert.deepEqual([usage.input_tokens, usage.output_tokens], [7, 9])
  })

  test('a line of 10 MB is kept to the last character (fault A22)', async () => {
    const run = await bench.run({
      agent: `process.stdout.write('begin' + 'x'.repeat(10_000_000) + 'end\\n')`,
    })
    await run.toEnd()
    const stored = await run.messages()
    contiguous(stored)
    const text = stored.map(({content}) => content).join('')
    assert.equal(text.length, 10_000_008)
    assert.ok(text.startsWith('beginx') && text.endsWith('xend'))
    assert.equal((await run.task()).status, 'completed')
  })

  test('an output of 10 MB is cut where it is said to be, and says so', async () => {
    const run = await bench.run({
      agent: `${SAY}
        say({type: 'tool_use', tool: 'cat', call_id: 'a', input: {}})
        say({type: 'tool_result', call_id: 'a', output: 'ä'.repeat(5_000_000)})
        say({type: 'text', content: 'done'})`,
    })
    await run.toEnd()
    const result = (await run.messages()).find(({type}) => type === 'tool_result')
    assert.equal(result?.truncated, true)
    assert.equal(result?.bytes_total, 10_000_000)
    assert.equal(result?.output, 'ä'.repeat(MAX_FIELD_BYTES / 2))
  })

  test('bytes that no database holds are replaced, and nothing else is (fault A5)', async () => {
    const run = await bench.run({
      agent: `${SAY}
        process.stdout.write(Buffer.from([0x61, 0x00, 0xff, 0xfe, 0x62, 0x0a]))
        say({type: 'status', content: 'lone \\ud800 and nul \\u0000 here'})
        process.stdout.write('{"type":"text","content":"half\\\\ud83d"}\\n')`,
    })
    await run.toEnd()
    const stored = await run.messages()
    const contents = stored.map(({content}) => content)
    assert.deepEqual(contents, [
      'a\uFFFD\uFFFD\uFFFDb',
      'lone \uFFFD and nul \uFFFD here',
      'half\uFFFD',
    ])
    assert.equal((await run.task()).status, 'completed')
  })

  const endings = [
    {
      what: 'an agent that prints nothing',
      agent: '',
      reason: 'empty_output',
      error: /script returned empty output/,
    },
    {
      what: 'an agent that ends with an exit code',
      agent: `console.log('working'); console.error('no such table'); process.exit(3)`,
      reason: 'agent_error',
      error: /exited with code 3: no such table/,
    },
    {
      what: 'an agent that ends by a signal',
      agent: `console.log('working'); process.kill(process.pid, 'SIGKILL')`,
      reason: 'agent_error',
      error: /ended by SIGKILL/,
    },
    {
      what: 'an agent that falls silent for ever',
      agent: `console.log('working'); setInterval(() => {}, 1000)`,
      limits: {inactivity_ms: 400},
      reason: 'inactive',
      error: /made no progress for 1 s/,
    },
    {
      what: 'an agent that is silent and ends well because it is told to',
      agent: `process.on('SIGTERM', () => process.exit(0)); console.log('half of it'); setInterval(() => {}, 1000)`,
      limits: {inactivity_ms: 400},
      reason: 'inactive',
      error: /made no progress for 1 s/,
    },
    {
      what: 'an agent that never ends',
      agent: `setInterval(() => console.log('still here'), 20)`,
      limits: {timeout_ms: 600},
      reason: 'timeout',
      error: /timed out after 1 s/,
    },
    {
      what: 'an agent whose program is no JavaScript',
      agent: 'this is no program',
      reason: 'agent_error',
      error: /exited with code 1: /,
    },
  ]
  for (const {what, reason, error, ...options} of endings) {
    test(`${what} fails its task: ${reason}`, async () => {
      const run = await bench.run(options)
      assert.equal(await run.toEnd(), 0)
      const task = await run.task()
      assert.deepEqual([task.status, task.end_reason], ['failed', reason])
      assert.match(task.error, error)
      contiguous(await run.messages())
    })
  }

  test('a tool at work may be silent for longer than the agent (fault E3)', async () => {
    const run = await bench.run({
      agent: `${SAY}
        say({type: 'tool_use', tool: 'build', call_id: 'a', input: {}})
        await new Promise((resolve) => setTimeout(resolve, 3000))
        say({type: 'tool_result', call_id: 'a', output: 'built'})
        say({type: 'text', content: 'done'})`,
      limits: {inactivity_ms: 2000, tool_inactivity_ms: 20_000},
    })
    await run.toEnd()
    assert.equal((await run.task()).status, 'completed')
  })

  test('one long answer is progress as long as it goes on (fault E4)', async () => {
    const run = await bench.run({
      agent: `${SAY}
        for (let n = 0; n < 14; n++) {
          say({type: 'text', block: 1, content: 'word '})
          await new Promise((resolve) => setTimeout(resolve, 150))
        }
        say({type: 'result', output: 'done'})`,
      limits: {inactivity_ms: 1000},
    })
    await run.toEnd()
    const task = await run.task()
    assert.deepEqual([task.status, task.error], ['completed', null])
  })

  test('calls without an answer are closed when the run ends (fault A17)', async () => {
    const run = await bench.run({
      agent: `${SAY}
        say({type: 'tool_use', tool: 'bash', call_id: 'a', input: {}})
        process.exit(1)`,
    })
    await run.toEnd()
    const closing = (await run.messages()).find(({type}) => type === 'tool_result')
    assert.deepEqual([closing?.call_id, closing?.is_error], ['a', true])
  })

  test('secrets of its environment reach neither the disk nor the server (fault H12)', async () => {
    const secret = 'hunter2-very-secret-value'
    const own = 'another-value-of-a-secret'
    const run = await bench.run({
      agent: `${SAY}
        const {DEPLOY_PASSWORD: a, SERVICE_API_KEY: b, MULTICA_TOKEN: c} = process.env
        process.stdout.write('plain ' + a.slice(0, 9))
        await new Promise((resolve) => setTimeout(resolve, 400))
        process.stdout.write(a.slice(9) + ' ' + b + ' ' + c + '\\n')
        say({type: 'tool_use', tool: 'bash', call_id: 'a', input: {deep: [{command: 'curl -u x:' + a}]}})
        say({type: 'tool_result', call_id: 'a', output: 'env: ' + [a, b, c].join('\\n')})
        process.stderr.write('failed with ' + b + '\\n')
        process.exit(1)`,
      env: {DEPLOY_PASSWORD: secret},
      agentEnv: {SERVICE_API_KEY: own},
    })
    await run.toEnd()
    const token = JSON.parse(await readFile(run.folder.spec, 'utf8')).task.task_token
    const stored = JSON.stringify([await run.messages(), await run.task()])
    const disk = await Promise.all(
      [run.folder.journal, run.folder.worker, run.folder.log, run.folder.done].map((path) =>
        readFile(path, 'utf8'),
      ),
    )
    for (const value of [secret, own, token]) {
      assert.equal(stored.includes(value), false)
      for (const text of disk) assert.equal(text.includes(value), false)
    }
    assert.match(stored, /plain /)
  })

  test('a work folder that cannot be prepared tells no secret', async () => {
    const secret = 'correct-horse-battery'
    const run = await bench.run({agent: '', agentEnv: {DEPLOY_TOKEN: secret}})
    const spec = JSON.parse(await readFile(run.folder.spec, 'utf8'))
    const root = join(run.folder.path, secret)
    await writeFile(run.folder.spec, JSON.stringify({...spec, workspaces_root: root}))
    await mkdir(join(root, spec.task.workspace_id, run.taskId), {recursive: true})
    await writeFile(join(root, spec.task.workspace_id, run.taskId, 'workdir'), 'no folder')
    assert.equal(await run.toEnd(), 0)
    const task = await run.task()
    assert.equal(task.end_reason, 'start_error')
    assert.match(task.error, /cannot be prepared: .*\/\[masked:environment]\//)
    const seen = JSON.stringify([task, await run.messages(), await run.journal()])
    assert.ok(!seen.includes(secret))
  })

  test('the agent works in its own folder, with a TMPDIR of its own and the task token only', async () => {
    const run = await bench.run({
      agent: `
        const {MULTICA_TASK_ID, TMPDIR, MULTICA_SECRET_OF_USER} = process.env
        console.log(JSON.stringify([process.cwd(), MULTICA_TASK_ID, TMPDIR, MULTICA_SECRET_OF_USER ?? null]))`,
      env: {MULTICA_SECRET_OF_USER: 'x'},
    })
    await run.toEnd()
    const [cwd, taskId, tmp, ofUser] = JSON.parse((await run.task()).result.output)
    assert.equal(cwd, run.workDir)
    assert.equal(taskId, run.taskId)
    assert.equal(tmp, join(run.workDir, '..', 'tmp'))
    assert.equal(ofUser, null)
  })

  test('a full disk ends the run with the words that name the fix; what was kept is stored', async () => {
    const run = await bench.run({
      agent: `for (let n = 0; n < 2000; n++) console.log(n + ' ' + 'x'.repeat(200))
        setInterval(() => {}, 1000)`,
      maxFileKiB: 64,
    })
    assert.equal(await run.toEnd(), 0)
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'worker_error'])
    assert.match(task.error, /the journal .* cannot be written .*; make room on that disk/)
    contiguous(await run.messages())
  })
})
