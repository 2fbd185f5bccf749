import assert from 'node:assert/strict'
import {mkdir, writeFile} from 'node:fs/promises'
import {type AddressInfo, createServer, type Server} from 'node:net'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {git} from '../../src/repos/git.js'
import {type LocalBench, startLocalBench} from '../support/local-bench.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** Checks a repository out with the command on its PATH, commits, and tells what came of it. */
const AGENT = `
  import {execFileSync} from 'node:child_process'
  const run = (program, args, cwd) => execFileSync(program, args, {cwd, encoding: 'utf8'}).trim()
  const tell = (text) => console.log(JSON.stringify({type: 'status', content: text}))
  const [url] = process.argv.slice(2)
  const path = run('multica', ['repo', 'checkout', url])
  tell('path ' + path)
  tell('branch ' + run('git', ['branch', '--show-current'], path))
  const attempts = [
    ['other address', {url: 'https://example.org/other.git'}, {}],
    ['other folder', {workdir: '/tmp'}, {}],
    ['no token', {}, {authorization: ''}],
    ['other task', {task_id: '00000000-0000-4000-8000-000000000000'}, {}],
    ['a web page', {}, {origin: 'https://evil.example'}],
  ]
  for (const [what, body, headers] of attempts) {
    const answer = await fetch('http://127.0.0.1:' + process.env.MULTICA_DAEMON_PORT + '/repo/checkout', {
      method: 'POST',
      headers: {authorization: 'Bearer ' + process.env.MULTICA_TOKEN, ...headers},
      body: JSON.stringify({url, workdir: process.cwd(), task_id: process.env.MULTICA_TASK_ID, ...body}),
    })
    tell(what + ': ' + answer.status + ' ' + (await answer.text()).trim())
  }
  console.log('done')`

const STUCK = `
  import {spawnSync} from 'node:child_process'
  spawnSync('multica', ['repo', 'checkout', process.argv[2]], {stdio: 'inherit'})`

const countOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })

describe('a clone that hangs', () => {
  test('holds up neither the heartbeats nor other runs (fault B21)', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/app.git`
    const home = await tempFolder()
    const agent = join(home, 'stuck.mjs')
    await writeFile(agent, STUCK)
    const bench = await startLocalBench(
      {
        stuck: {type: 'command', command: [process.execPath, agent, url]},
        other: {type: 'command', command: [process.execPath, '-e', 'console.log("done")']},
      },
      {MULTICA_DAEMON_HEARTBEAT_INTERVAL: '100ms'},
    )
    try {
      const {api, workspace} = bench.system
      await api.changeWorkspace(workspace.id, {repos: [{url, description: 'The app'}]})
      const {taskId} = await bench.assign('stuck')
      await until('the clone hangs', () => countOf(silent).then((count) => count > 0), 30_000)
      const seen = async () => (await api.runtimes()).map(({last_seen_at: at}) => at)
      for (let beat = 0, last = await seen(); beat < 3; beat++) {
        last = await until('all beat', async () => {
          const now = await seen()
          return now.every((at, index) => at !== last[index]) && now
        })
      }
      const other = await bench.assign('other')
      assert.equal((await bench.follow(other.taskId)).end.status, 'completed')
      await api.cancelTask(taskId)
      assert.equal((await bench.follow(taskId)).end.status, 'cancelled')
      await bench.stop()
      await until('git is gone with all that it has started', () =>
        countOf(silent).then((count) => count === 0),
      )
    } finally {
      await bench.stop()
      silent.close()
    }
  })
})

describe('a checkout inside a task', () => {
  let bench: LocalBench
  let upstream: string
  before(async () => {
    const home = await tempFolder()
    upstream = join(home, 'app')
    await mkdir(upstream)
    const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
    await git(['init', '-q', '-b', 'main'], {cwd: upstream})
    await writeFile(join(upstream, 'readme'), 'hello')
    await git(['add', '.'], {cwd: upstream})
    await git([...author, 'commit', '-q', '-m', 'Begin'], {cwd: upstream})
    const agent = join(home, 'agent.mjs')
    await writeFile(agent, AGENT)
    bench = await startLocalBench({
      coder: {type: 'command', command: [process.execPath, agent, upstream]},
    })
    const {api, workspace} = bench.system
    await api.changeWorkspace(workspace.id, {repos: [{url: upstream, description: 'The app'}]})
  })
  after(() => bench.stop())

  test('is in the task’s own folder, for its own token, and of its workspace only (fault I5)', async () => {
    const {taskId} = await bench.assign('coder')
    const {end, messages} = await bench.follow(taskId)
    assert.equal(end.status, 'completed', end.error ?? '')
    const told = messages.filter(({type}) => type === 'status').map(({content}) => content ?? '')
    const line = (start: string) => told.find((text) => text.startsWith(start)) ?? ''
    assert.match(line('path'), new RegExp(`${taskId}/workdir/app$`))
    assert.equal(line('branch'), `branch agent/coder/${taskId.slice(0, 8)}`)
    assert.match(
      line('other address'),
      /404 .*is no repository of this workspace \(it has: .*app\)/,
    )
    assert.match(line('other folder'), /403 .*is not in the folder of this task/)
    for (const what of ['no token', 'other task', 'a web page']) {
      assert.match(line(what), new RegExp(`^${what}: 403`))
    }
  })
})
