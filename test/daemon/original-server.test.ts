import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {failTask} from '../../src/daemon/fail-task.js'
import {RepoCheckouts} from '../../src/daemon/repo-checkouts.js'
import {type RunningDaemon, startDaemon} from '../../src/daemon/start-daemon.js'
import {createLog, silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import {openConfig} from '../../src/settings/config-file.js'
import {readSettings} from '../../src/settings/settings.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {OriginalServer, type OriginalTask} from '../support/original-server.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** Says something of every kind, and by its first argument ends well, badly, or never. */
const AGENT = `
  import {createHash} from 'node:crypto'
  const say = (type, fields) => console.log(JSON.stringify({type, ...fields}))
  const token = process.env.MULTICA_TOKEN
  say('text', {content: 'my pid is ' + process.pid})
  say('thinking', {content: 'what now?'})
  say('text', {content: 'token ' + token + ' ' + createHash('sha256').update(token).digest('hex').slice(0, 12)})
  say('status', {content: 'getting there'})
  say('tool_use', {tool: 'Bash', call_id: 'a', input: {command: 'ls'}})
  say('tool_result', {call_id: 'a', output: 'x '.repeat(100000)})
  say('error', {content: 'never mind'})
  say('session', {session_id: 'session-1'})
  process.stdin.resume()
  const [how] = process.argv.slice(2)
  // What stands in the pipe would be lost with an exit before it is read.
  const exit = (code) => process.stdout.write('', () => process.exit(code))
  if (how === 'fail') exit(3)
  else if (how === 'wait') setInterval(() => {}, 1000)
  else {
    say('text', {content: 'all is done'})
    exit(0)
  }`

const RUN_LIMIT_MS = 30_000

describe('a daemon of ours with a server of the original', () => {
  let home: string
  let server: OriginalServer
  let daemon: RunningDaemon
  const log: string[] = []

  before(async () => {
    home = await tempFolder()
    server = await new OriginalServer().start()
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      MULTICA_HOME: join(home, '.multica'),
      MULTICA_DAEMON_POLL_INTERVAL: '100ms',
      MULTICA_DAEMON_HEARTBEAT_INTERVAL: '200ms',
      MULTICA_DAEMON_HEALTH_PORT: '0',
    }
    await mkdir(env.MULTICA_HOME)
    const script = join(home, 'agent.mjs')
    await writeFile(script, AGENT)
    await openConfig(undefined, env).change((config) => ({
      ...config,
      server_url: server.url,
      token: server.token,
    }))
    const agent = (how: string) => ({type: 'command', command: [process.execPath, script, how]})
    daemon = await startDaemon({
      settings: readSettings({env}),
      env,
      agents: {working: agent('work'), failing: agent('fail'), waiting: agent('wait')},
      log: createLog('info', {write: (line: string) => void log.push(line)}),
      signal: AbortSignal.timeout(60_000),
    })
  })

  after(async () => {
    await daemon.stop({stopTasks: true})
    await server.stop()
    await rm(home, {recursive: true, force: true})
  })

  const callsOf = ({id}: OriginalTask) => server.of(new RegExp(id)).map(({path}) => path)
  const verbsOf = (task: OriginalTask) => callsOf(task).map((path) => path.split('/').at(-1))
  const isLeft = async () => (await daemon.status()).tasks.length === 0
  const ended = async (task: OriginalTask, status: string): Promise<void> => {
    await until(`it is ${status}`, () => task.status === status, RUN_LIMIT_MS)
    await until('its worker is gone', isLeft, RUN_LIMIT_MS)
  }
  const running = async (task: OriginalTask): Promise<number> => {
    const said = () => task.messages.find(({content}) => /my pid/.test(String(content)))
    const {content} = await until('the agent has said its pid', said, RUN_LIMIT_MS)
    return Number(/\d+/.exec(String(content))?.[0])
  }
  const isGone = async (pid: number) => (await processStartTime(pid)) === undefined

  test('a run completes, with its messages in order and of the four types only', async () => {
    const task = server.enqueue('working')
    await ended(task, 'completed')
    const said = task.messages.map(({type, tool, content}) => [type, tool ?? content])
    const hash = createHash('sha256').update(server.token).digest('hex').slice(0, 12)
    assert.match(String(said.shift()?.[1]), /^my pid is \d+$/)
    assert.match(String(said[0]?.[1]), new RegExp(`^token \\S+ ${hash}$`))
    assert.deepEqual(
      said.map(([type, what]) => [type, type === 'text' && /token/.test(String(what)) ? '' : what]),
      [
        ['text', ''],
        ['tool_use', 'Bash'],
        ['tool_result', 'Bash'],
        ['error', 'never mind'],
        ['text', 'all is done'],
      ],
    )
    const seqs = task.messages.map(({seq}) => Number(seq))
    assert.deepEqual(
      seqs,
      [...new Set(seqs)].sort((a, b) => a - b),
    )
    assert.ok(!JSON.stringify(task.messages).includes(server.token), 'the token is masked')
    assert.equal(task.result?.output, 'all is done')
    assert.equal(task.result?.session_id, 'session-1')
    assert.deepEqual([...new Set(verbsOf(task))].sort(), [
      'complete',
      'messages',
      'progress',
      'start',
    ])
  })

  test('a run that fails has failed there', async () => {
    const task = server.enqueue('failing')
    await ended(task, 'failed')
    assert.match(task.error ?? '', /exited with code 3/)
    assert.equal(task.messages.at(-1)?.content, 'never mind')
  })

  test('a run that is cancelled there stops its agent and says no more', async () => {
    const task = server.enqueue('waiting')
    const pid = await running(task)
    task.status = 'cancelled'
    await until('the agent is gone', () => isGone(pid), RUN_LIMIT_MS)
    await until('its worker is gone', isLeft, RUN_LIMIT_MS)
    assert.deepEqual(
      verbsOf(task).filter((verb) => verb === 'complete' || verb === 'fail'),
      [],
    )
    assert.equal(task.status, 'cancelled')
  })

  test('a run whose task is gone stops its agent', async () => {
    const task = server.enqueue('waiting')
    const pid = await running(task)
    server.tasks.delete(task.id)
    await until('the agent is gone', () => isGone(pid), RUN_LIMIT_MS)
    await until('its worker is gone', isLeft, RUN_LIMIT_MS)
  })

  test('a quiet run asks for its status and sends nothing', async () => {
    const task = server.enqueue('waiting')
    await running(task)
    await until('all is said', () => task.messages.at(-1)?.content === 'never mind')
    const before = callsOf(task).length
    await delay(6000)
    const since = verbsOf(task).slice(before)
    assert.ok(since.length <= 2, `calls of 6 s: ${since}`)
    assert.deepEqual([...new Set(since)], ['status'])
    task.status = 'cancelled'
    await until('its worker is gone', isLeft, RUN_LIMIT_MS)
  })

  test('a start whose answer is lost begins the run all the same', async () => {
    let lost = 0
    server.loses = ({path}) => path.endsWith('/start') && lost++ === 0
    const task = server.enqueue('working')
    await ended(task, 'completed')
    assert.deepEqual(verbsOf(task).slice(0, 3), ['start', 'start', 'status'])
  })

  test('a runtime that it has forgotten, which is a 500, is registered again', async () => {
    server.forgetRuntimes()
    await until('it is registered again', () => server.runtimeOf('working'))
    await ended(server.enqueue('working'), 'completed')
  })

  test('a task that cannot begin is failed with the token of the user', async () => {
    const task = server.enqueue('waiting')
    task.status = 'dispatched'
    await failTask(
      {serverUrl: server.url, userToken: server.token},
      {
        task: {id: task.id} as ClaimedTask,
        folder: undefined,
        reason: 'start_error',
        error: 'no such agent',
      },
      {signal: AbortSignal.timeout(5000), log: silentLog},
    )
    assert.equal(task.status, 'failed')
    assert.equal(task.error, 'no such agent')
  })

  test('nothing but the stream of events was asked in vain, and not often', () => {
    assert.deepEqual([...server.strange], ['/api/events'])
    const times = server.of(/events/).length
    assert.ok(times > 1 && times < 15, `${times} times`)
    assert.equal(log.filter((line) => line.includes('wake_up_stream_failed')).length, 1)
  })
})

test('an agent of such a run checks out with the token of the user', async () => {
  const spec = {user_token: 'mul_1', task: {id: 'one'}} as TaskSpec
  const checkouts = new RepoCheckouts({specOf: () => spec, env: {}})
  const body = {url: 'https://example.org/app.git', workdir: '/tmp', task_id: 'one'}
  await assert.rejects(checkouts.answer(body, 'mul_2'), /for the agents of a task/)
  await assert.rejects(checkouts.answer(body, 'mul_1'), /no repository of this workspace/)
})
