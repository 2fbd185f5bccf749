import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import type {TaskDiff} from '../../src/protocol/task-diff.js'
import {git} from '../../src/repos/git.js'
import {type LocalBench, startLocalBench} from '../support/local-bench.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** Checks out, commits, leaves something uncommitted, and ends as its issue says. */
const AGENT = `
  import {execFileSync} from 'node:child_process'
  import {appendFileSync, writeFileSync} from 'node:fs'
  const run = (program, args, cwd) => execFileSync(program, args, {cwd, encoding: 'utf8'}).trim()
  const [url, how] = process.argv.slice(2)
  const path = run('multica', ['repo', 'checkout', url])
  appendFileSync(path + '/readme', 'more\\n')
  run('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'Say more'], path)
  run('git', ['checkout', '-q', '-b', 'another-' + process.env.MULTICA_TASK_ID], path)
  writeFileSync(path + '/draft.txt', process.env.OTHER_SECRET + '\\n')
  console.log('worked')
  if (how === 'wait') setInterval(() => {}, 1000)
  else process.exit(how === 'fail' ? 1 : 0)`

describe('what a run has changed', () => {
  let bench: LocalBench
  before(async () => {
    const home = await tempFolder()
    const upstream = join(home, 'app')
    await mkdir(upstream)
    await git(['init', '-q', '-b', 'main'], {cwd: upstream})
    await writeFile(join(upstream, 'readme'), 'hello\n')
    await git(['add', '.'], {cwd: upstream})
    const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
    await git([...author, 'commit', '-q', '-m', 'Begin'], {cwd: upstream})
    const script = join(home, 'agent.mjs')
    await writeFile(script, AGENT)
    const agent = (how: string) => ({
      type: 'command',
      command: [process.execPath, script, upstream, how],
      env: {OTHER_SECRET: 'correct-horse-battery'},
    })
    bench = await startLocalBench({
      completes: agent('complete'),
      fails: agent('fail'),
      waits: agent('wait'),
      plain: {type: 'command', command: [process.execPath, '-e', 'console.log("no git here")']},
    })
    const {api, workspace} = bench.system
    await api.changeWorkspace(workspace.id, {repos: [{url: upstream, description: 'The app'}]})
  })
  after(() => bench.stop())

  const diffOf = (taskId: string): Promise<TaskDiff> =>
    until(
      'the diff is there',
      async () => {
        const task = await bench.system.api.task(taskId)
        return isTerminal(task.status) && task.diff ? bench.system.api.taskDiff(taskId) : undefined
      },
      30_000,
    )
  const expectWork = (task: Task, {checkouts}: TaskDiff) => {
    assert.deepEqual(task.diff, {files: 2, additions: 2, deletions: 0, commits: 1})
    const [checkout, ...others] = checkouts
    assert.equal(others.length, 0)
    assert.deepEqual(
      [checkout?.name, checkout?.branch, checkout?.error],
      ['app', `another-${task.id}`, null],
    )
    assert.deepEqual(
      checkout?.files.map(({path, uncommitted}) => [path, uncommitted]),
      [
        ['draft.txt', true],
        ['readme', false],
      ],
    )
    assert.match(checkout?.files[1]?.patch ?? '', /\n hello\n\+more\n$/)
    assert.doesNotMatch(JSON.stringify(checkouts), /correct-horse/)
  }

  for (const [agent, status] of [
    ['completes', 'completed'],
    ['fails', 'failed'],
  ] as const) {
    test(`is there when a run has ${status}`, async () => {
      const {taskId} = await bench.assign(agent)
      const {task, end} = await bench.follow(taskId)
      assert.equal(end.status, status, end.error ?? '')
      assert.deepEqual(end.diff, task.diff)
      expectWork(task, await bench.system.api.taskDiff(taskId))
    })
  }

  test('is there soon after a run was cancelled', async () => {
    const {taskId} = await bench.assign('waits')
    await bench.message(taskId, ({content}) => content?.includes('worked') ?? false)
    await bench.system.api.cancelTask(taskId)
    const diff = await diffOf(taskId)
    expectWork(await bench.system.api.task(taskId), diff)
  })

  test('is there when the worker of a run has died (fault B4)', async () => {
    const {taskId, issue} = await bench.assign('waits')
    await bench.message(taskId, ({content}) => content?.includes('worked') ?? false)
    const record = await readFile(join(bench.stateOf(taskId), 'worker.json'), 'utf8')
    process.kill(JSON.parse(record).pid, 'SIGKILL')
    const diff = await diffOf(taskId)
    expectWork(await bench.system.api.task(taskId), diff)
    assert.ok(existsSync(join(bench.stateOf(taskId), 'diff.json')))
    // Its retry is of no interest here.
    await bench.system.api.updateIssue(issue.id, {status: 'cancelled'})
  })

  test('is nothing when it has worked in no checkout', async () => {
    const {taskId} = await bench.assign('plain')
    const {task} = await bench.follow(taskId)
    assert.deepEqual([task.status, task.diff], ['completed', null])
    await assert.rejects(bench.system.api.taskDiff(taskId), {status: 404})
  })
})
