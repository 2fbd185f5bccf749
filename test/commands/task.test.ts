import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {until} from '../support/until.js'

describe('task, agent and runtime commands', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  it('cancels a run and waits until its processes are gone', async () => {
    await bench.fileIssue('Stop me')
    const run = await bench.claim()
    const cancel = bench.start(['task', 'cancel', run.task.id])
    await until('it is cancelled', async () => {
      const {status} = await bench.api.task(run.task.id)
      return status === 'cancelled'
    })
    await run.say({type: 'status', content: 'stopping'})
    assert.equal(cancel.child.exitCode, null)
    await run.cancelled()
    const {code, stdout, stderr} = await cancel.done
    assert.equal(code, 0, stderr)
    assert.match(stderr, /is cancelled and nothing of it runs any more \(\d+\.\ds\)/)
    assert.match(stdout, /^Task: +[0-9a-f-]{36}\nStatus: +cancelled/)
    const again = await bench.run(['task', 'cancel', run.task.id, '--json'])
    assert.equal(JSON.parse(again.stdout).status, 'cancelled')
  })

  it('says 124 when nobody confirms a cancel, and can be told not to wait', async () => {
    await bench.fileIssue()
    const silent = await bench.claim()
    const waited = await bench.run(['task', 'cancel', silent.task.id, '--timeout', '400ms'])
    assert.equal(waited.code, 124)
    assert.match(waited.stderr, /the run is cancelled, but within 0\.4s nobody has confirmed/)
    await bench.fileIssue()
    const other = await bench.claim()
    const left = await bench.run(['task', 'cancel', other.task.id, '--no-wait'])
    assert.equal(left.code, 0)
    assert.match(left.stderr, /is being cancelled/)
  })

  it('cancels a queued run at once, and refuses to cancel what has ended', async () => {
    const issue = await bench.fileIssue()
    const queued = await bench.run(['task', 'cancel', issue.identifier])
    assert.equal(queued.code, 0, queued.stderr)
    await bench.fileIssue()
    const run = await bench.claim()
    await run.complete()
    const ended = await bench.run(['task', 'cancel', run.task.id])
    assert.equal(ended.code, 1)
    assert.match(ended.stderr, /^Error: cancel task: .*completed/)
  })

  it('lists runs and shows one', async () => {
    const issue = await bench.fileIssue('Show me')
    const run = await bench.claim()
    await run.complete()
    const table = await bench.run(['task', 'list', '--issue', issue.identifier])
    assert.match(
      table.stdout,
      new RegExp(`^ID .*TITLE\n${run.task.id}  completed  claude  ${issue.identifier}`),
    )
    const both = ['--status', 'completed', '--status', 'failed', '--agent', 'claude']
    const some = JSON.parse((await bench.run(['task', 'list', '--json', ...both])).stdout)
    assert.ok(some.some(({id}: {id: string}) => id === run.task.id))
    const one = JSON.parse((await bench.run(['task', 'get', issue.identifier, '--json'])).stdout)
    assert.deepEqual([one.id, one.status], [run.task.id, 'completed'])
    const text = await bench.run(['task', 'get', run.task.id])
    assert.match(text.stdout, /^Usage: +usage not reported$/m)
    const unknown = await bench.run(['task', 'list', '--agent', 'nobody'])
    assert.deepEqual(
      [unknown.code, unknown.stderr],
      [5, 'Error: agent "nobody" not found (known ones: claude)\n'],
    )
  })

  it('makes agents and lists them with their runtimes', async () => {
    const args = ['--name', 'reviewer', '--runtime', 'claude', '--instructions-file', '-']
    const options = {input: 'Review it.\n'}
    const made = await bench.run(
      ['agent', 'create', ...args, '--max-concurrent-tasks', '2'],
      options,
    )
    assert.equal(made.code, 0, made.stderr)
    const shown = JSON.parse((await bench.run(['agent', 'get', 'Reviewer', '--json'])).stdout)
    assert.deepEqual([shown.instructions, shown.max_concurrent_tasks], ['Review it.\n', 2])
    const again = await bench.run(['agent', 'create', '--name', 'Reviewer', '--runtime', 'claude'])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /there is an agent "reviewer" already \([0-9a-f]{8}\); use it/)
    const renamed = await bench.run(['agent', 'update', 'reviewer', '--name', 'Claude'])
    assert.match(renamed.stderr, /there is an agent "claude" already/)
    const agents = await bench.run(['agent', 'list'])
    assert.match(agents.stdout, /^ID +NAME +STATUS +RUNTIME\n[\s\S]* reviewer +idle +local$/m)
    const runtimes = await bench.run(['runtime', 'list'])
    assert.match(runtimes.stdout, /claude \(bench\) +claude +online/)
    const wrong = await bench.run(['agent', 'create', '--name', 'x', '--runtime', 'codex'])
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [5, 'Error: runtime "codex" not found (known ones: claude)\n'],
    )
  })

  it('works in the only workspace, and asks when there are several', async () => {
    await bench.api.createWorkspace({name: 'Second', slug: 'second'})
    const unclear = await bench.run(['agent', 'list'])
    assert.equal(unclear.code, 2)
    assert.match(unclear.stderr, /workspace ID is required; .*\(yours: local, second\)/)
    const named = await bench.run(['agent', 'list', '--workspace-id', 'local', '--json'])
    assert.equal(named.code, 0, named.stderr)
    assert.ok(JSON.parse(named.stdout).length > 0)
  })
})
