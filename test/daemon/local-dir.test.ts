import assert from 'node:assert/strict'
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {git} from '../../src/repos/git.js'
import {openConfig} from '../../src/settings/config-file.js'
import {type LocalBench, startLocalBench} from '../support/local-bench.js'
import {packageRoot, runCli} from '../support/run-cli.js'

/** Changes a file, and tells where that is and what "issue list" says when its variables are lost. */
const AGENT = `
  import {spawnSync} from 'node:child_process'
  import {appendFileSync, readFileSync} from 'node:fs'
  let prompt = ''
  for await (const chunk of process.stdin) prompt += chunk
  const file = /Read (\\S+) first/.exec(prompt)?.[1]
  appendFileSync('notes.txt', 'more\\n')
  const {PATH, HOME} = process.env
  const args = [${JSON.stringify(`${packageRoot}bin/run.js`)}, 'issue', 'list']
  const {status} = spawnSync(process.execPath, args, {env: {PATH, HOME}})
  const isTold = readFileSync(file, 'utf8').includes('Multica agent runtime')
  console.log([process.cwd(), isTold, status].join(' '))`

describe('a run in a folder of the user', () => {
  let bench: LocalBench
  let app: string
  const here = () => ({cwd: app, env: {...process.env, HOME: bench.home}})
  before(async () => {
    const command = [process.execPath, '--input-type=module', '-e', AGENT]
    bench = await startLocalBench({writer: {type: 'command', command}})
    const config = openConfig(undefined, {MULTICA_HOME: join(bench.home, '.multica')})
    await config.change((known) => ({...known, token: 'mul_of_the_user'}))
    app = join(bench.home, 'src', 'app')
    await mkdir(app, {recursive: true})
    await writeFile(join(app, 'notes.txt'), 'first\n')
    await writeFile(join(app, 'CLAUDE.md'), "the user's own\n")
    await git(['init', '--quiet', '-b', 'main'], here())
    await git(['add', '.'], here())
    const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
    await git([...author, 'commit', '--quiet', '-m', 'Begin'], here())
  })
  after(() => bench.stop())
  const cli = (...args: string[]) => runCli(args, {home: bench.home})
  const run = async (mode: 'in_place' | 'worktree', path = app) => {
    const {taskId} = await bench.assign('writer', {local_dir: {path, mode}})
    return bench.follow(taskId)
  }

  test('is refused until the user of the machine has allowed it', async () => {
    const {task} = await run('in_place')
    assert.deepEqual([task.status, task.end_reason], ['failed', 'start_error'])
    assert.match(task.error ?? '', /its user allows it with: multica daemon allow-dir \/.*app/)
    assert.equal(await readFile(join(app, 'notes.txt'), 'utf8'), 'first\n')
  })

  test('works there once it is allowed, and nothing of ours is left (faults D13, I4)', async () => {
    const allowed = await cli('daemon', 'allow-dir', join(bench.home, 'src'))
    assert.equal(allowed.code, 0, allowed.stderr)
    assert.match((await cli('daemon', 'allow-dir', '--list')).stdout, /^\/.*\/src\n$/)
    const {task} = await run('in_place')
    assert.equal(task.status, 'completed', task.error ?? '')
    assert.match(task.result?.output ?? '', /\/src\/app true 4$/)
    assert.equal(await git(['status', '--porcelain'], here()), ' M notes.txt')
    assert.equal(await readFile(join(app, 'CLAUDE.md'), 'utf8'), "the user's own\n")
  })

  test('in a worktree leaves the checkout of the user alone', async () => {
    const before = await readFile(join(app, 'notes.txt'), 'utf8')
    const {task} = await run('worktree')
    assert.equal(task.status, 'completed', task.error ?? '')
    assert.match(task.result?.output ?? '', /\/worktree\/app true 4$/)
    assert.equal(await readFile(join(app, 'notes.txt'), 'utf8'), before)
    assert.deepEqual((await readdir(app)).sort(), ['.git', 'CLAUDE.md', 'notes.txt'])
    const branch = `agent/writer/${task.id.slice(0, 8)}`
    assert.match(await git(['branch', '--list'], here()), new RegExp(branch))
    const tree = task.result?.work_dir ?? ''
    assert.equal(await readFile(join(tree, 'notes.txt'), 'utf8'), 'first\nmore\n')
  })

  test('is refused again when the user has taken it back', async () => {
    assert.equal((await cli('daemon', 'allow-dir', join(bench.home, 'src'), '--remove')).code, 0)
    assert.equal((await run('in_place')).task.end_reason, 'start_error')
    const again = await cli('daemon', 'allow-dir', join(bench.home, 'src'), '--remove')
    assert.equal(again.code, 5)
  })
})
