import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {after, before, describe, it} from 'node:test'
import {createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {isTransient, retry} from '../../src/client/retry.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {freePort} from '../support/free-port.js'
import {type RunningCli, runCli, startCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

const MESSAGES = 2000
const BATCH = 20
const CRASHES = 5

describe('task tail through crashes of the server', () => {
  let home: string
  let port: number
  let server: RunningCli
  const serve = async () => {
    server = startCli(['serve', '--port', String(port)], {home, env: {LOG_LEVEL: 'error'}})
    await until('it listens', () => server.stderr.includes('Listening on'), 20_000)
  }
  before(async () => {
    home = await tempFolder()
    port = await freePort()
    await serve()
  })
  after(async () => {
    server.child.kill('SIGKILL')
    await server.done
    await rm(home, {recursive: true, force: true})
  })

  it(`shows ${MESSAGES} messages once each while the server is killed ${CRASHES} times (fault A11)`, async () => {
    const serverUrl = `http://127.0.0.1:${port}`
    const token = await until('the token is printed', () => /mul_\w+/.exec(server.stdout)?.[0])
    const [workspace] = await createApi(createHttpClient({serverUrl, token})).workspaces()
    assert.ok(workspace)
    const api = createApi(createHttpClient({serverUrl, token, workspaceId: workspace.id}))
    const {runtimes} = await api.register({
      workspace_id: workspace.id,
      daemon_id: 'd',
      task_tokens: true,
      runtimes: [{type: 'claude', name: 'claude'}],
    })
    const runtimeId = runtimes[0]?.id ?? ''
    const agent = await api.createAgent({name: 'claude', runtime_id: runtimeId})
    const assignee = {assignee_type: 'agent', assignee_id: agent.id} as const
    await api.createIssue({title: 'Crash', status: 'todo', ...assignee})
    const {task} = await api.claim(runtimeId)
    assert.ok(task)
    const worker = createApi(createHttpClient({serverUrl, token: task.task_token}))
    await worker.start(task.id)
    const env = {MULTICA_SERVER_URL: serverUrl, MULTICA_TOKEN: token}
    const tail = startCli(['task', 'tail', task.id, '--json'], {home, env})
    await until('it is connected', () => tail.child.pid !== undefined)

    const signal = AbortSignal.timeout(180_000)
    const forever = {signal, lastMs: 500, isFinal: (error: unknown) => !isTransient(error)}
    const crashEvery = MESSAGES / (CRASHES + 1)
    let crashes = 0
    for (let first = 1; first <= MESSAGES; first += BATCH) {
      const batch = Array.from({length: BATCH}, (_, index): TaskMessage => {
        const seq = first + index
        return {seq, type: 'text', content: `message ${seq}`}
      })
      await retry(() => worker.uploadMessages(task.id, batch), forever)
      if (crashes < CRASHES && first > crashEvery * (crashes + 1)) {
        crashes++
        server.child.kill('SIGKILL')
        await server.done
        await serve()
      }
    }
    await retry(() => worker.complete(task.id, {output: 'done', last_seq: MESSAGES}), forever)
    const {code, stdout, stderr} = await tail.done
    assert.equal(code, 0, stderr)
    assert.equal(crashes, CRASHES)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(lines.pop().type, 'result')
    const seqs = lines.map(({seq}) => seq)
    assert.deepEqual(
      seqs,
      Array.from({length: MESSAGES}, (_, index) => index + 1),
    )
    const again = await runCli(['task', 'tail', task.id, '--json', '-n', '3'], {home, env})
    assert.equal(again.stdout.trimEnd().split('\n').length, 4)
  })
})
