import assert from 'node:assert/strict'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {openConfig} from '../../src/settings/config-file.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import {createWorkFolder} from '../../src/task-folder/work-folder-mark.js'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {runCli} from '../support/run-cli.js'

describe('the command line in the folder of a run', () => {
  let bench: CliBench
  let cwd: string
  before(async () => {
    bench = await createCliBench()
    const {taskId, id} = await bench.fileIssue()
    const root = join(bench.home, 'multica_workspaces', bench.workspaceId, taskId)
    await mkdir(join(root, 'workdir', 'src'), {recursive: true})
    const mark = {
      task_id: taskId,
      workspace_id: bench.workspaceId,
      issue_id: id,
      issue: 'LOC-1',
      created_at: new Date().toISOString(),
    }
    await createWorkFolder(root, mark, {taskId, stateFolder: bench.home})
    cwd = join(root, 'workdir', 'src')
    const home = join(bench.home, '.multica')
    await openConfig(undefined, {MULTICA_HOME: home}).change((config) => ({
      ...config,
      server_url: bench.server.url,
      token: bench.token,
    }))
  })
  after(() => bench.close())

  it('does not act as its owner when the variables of the run are lost (fault I4)', async () => {
    const {home} = bench
    for (const args of [
      ['issue', 'list'],
      ['issue', 'create', '--title', 'Not mine'],
      ['daemon', 'status'],
    ]) {
      const {code, stdout, stderr} = await runCli(args, {home, cwd})
      assert.deepEqual([code, stdout], [4, ''], args.join(' '))
      assert.match(stderr, /this folder belongs to a run of an agent .*MULTICA_TOKEN/)
    }
    assert.equal((await runCli(['issue', 'list'], {home})).code, 0)
  })

  it('nor in another folder, while a run has started it (fault I4)', async () => {
    const {home} = bench
    const {taskId} = await bench.fileIssue()
    const folder = taskFolder(join(home, '.multica', 'profiles', 'work', 'daemon'), taskId)
    await mkdir(folder.path, {recursive: true})
    const worker = {pid: 1, pid_start: '0', agent_pid: process.pid}
    const start = await processStartTime(process.pid)
    await writeFile(folder.worker, JSON.stringify({...worker, agent_pid_start: 'another'}))
    assert.equal((await runCli(['issue', 'list'], {home})).code, 0, 'a process of the same number')
    await writeFile(folder.worker, JSON.stringify({...worker, agent_pid_start: start}))
    const {code, stderr} = await runCli(['issue', 'list'], {home})
    assert.equal(code, 4)
    assert.match(stderr, new RegExp(`a run of an agent has started this \\(task ${taskId}\\)`))
    await writeFile(folder.done, '{}')
    assert.equal((await runCli(['issue', 'list'], {home})).code, 0)
  })

  it('acts as the agent with the token of its run', async () => {
    const {task} = await bench.claim()
    const env = {
      MULTICA_SERVER_URL: bench.server.url,
      MULTICA_TOKEN: task.task_token ?? '',
      MULTICA_HOME: join(bench.home, 'none'),
    }
    const {code, stderr} = await runCli(['issue', 'list'], {home: bench.home, cwd, env})
    assert.equal(code, 0, stderr)
  })
})
