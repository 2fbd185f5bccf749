import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {until} from '../support/until.js'

describe('issue commands', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  const json = async (...args: string[]) => {
    const {code, stdout, stderr} = await bench.run([...args, '--json'])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }

  it('creates, lists, shows and changes issues', async () => {
    const made = await json('issue', 'create', '--title', 'One 🦊', '--priority', 'high')
    assert.equal(made.status, 'backlog')
    const changed = await json(
      'issue',
      'update',
      made.identifier,
      '--description',
      'why',
      '--title',
      'Two',
    )
    assert.deepEqual([changed.title, changed.description, changed.priority], ['Two', 'why', 'high'])
    const moved = await json('issue', 'update', made.id, '--dir', '/src/app/', '--worktree')
    assert.deepEqual(moved.local_dir, {path: '/src/app', mode: 'worktree'})
    assert.equal((await json('issue', 'update', made.id, '--no-dir')).local_dir, undefined)
    const cleared = await json('issue', 'update', made.id, '--description', '')
    assert.equal(cleared.description || null, null)
    const {stdout, stderr} = await bench.run(['issue', 'status', made.identifier, 'done'])
    assert.deepEqual([stdout, stderr], ['', `Issue ${made.identifier} status changed to done.\n`])
    assert.equal((await json('issue', 'get', made.identifier)).status, 'done')
    const list = await bench.run(['issue', 'list', '--status', 'done'])
    const [heading, row] = list.stdout.split('\n')
    assert.match(
      heading ?? '',
      /^ID {8}ISSUE {2}TITLE {2}STATUS {2}PRIORITY {2}ASSIGNEE {2}DUE DATE$/,
    )
    assert.match(
      row ?? '',
      new RegExp(`^${made.id.slice(0, 8)}  ${made.identifier}  Two +done +high`),
    )
    assert.ok(Array.isArray(await json('issue', 'list')))
  })

  it('puts an agent on an issue and takes it off again', async () => {
    const {identifier} = await json(
      'issue',
      'create',
      '--title',
      'Assign me',
      '--status',
      'backlog',
    )
    const assigned = await bench.run(['issue', 'assign', identifier, '--to', 'CLAUDE'])
    assert.equal(assigned.stderr, `Issue ${identifier} assigned to claude.\n`)
    assert.equal(JSON.parse(assigned.stdout).assignee_id, bench.agent.id)
    const left = await bench.run(['issue', 'assign', identifier, '--unassign'])
    assert.equal(left.stderr, `Issue ${identifier} unassigned.\n`)
  })

  it('starts an agent, follows it, and ends with its result', async () => {
    const cli = bench.start([
      'issue',
      'create',
      '--title',
      'Do it',
      '--assignee',
      'claude',
      '--follow',
    ])
    await until('the run waits', () => cli.stderr.includes('created.'))
    const run = await bench.claim()
    assert.equal(run.task.issue_title, 'Do it')
    await run.say({type: 'text', content: 'hello', block: 1})
    await run.fail('no luck')
    const {code, stdout} = await cli.done
    assert.equal(code, 1)
    assert.match(stdout, /^claude on LOC-\d+ Do it\n[\s\S]*claude: hello\n[\s\S]*no luck/)
  })

  it('gives a script the messages and the result of what it has started', async () => {
    const args = [
      'issue',
      'create',
      '--title',
      'Do it',
      '--assignee',
      'claude',
      '--follow',
      '--json',
    ]
    const cli = bench.start(args)
    await until('the run waits', () => cli.stderr.includes('created.'))
    const run = await bench.claim()
    await run.say({type: 'text', content: 'hello', block: 1})
    await run.complete()
    const {code, stdout} = await cli.done
    assert.equal(code, 0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({type}) => type),
      ['text', 'result'],
    )
    const comment = ['issue', 'comment', 'add', run.task.issue_identifier ?? '', '--follow']
    const again = bench.start([...comment, '--content-file', '-'], {input: 'And a test, please\n'})
    await until('the comment is there', () => again.stderr.includes('Comment added'))
    const second = await bench.claim()
    await second.complete()
    assert.equal((await again.done).code, 0)
    const comments = await json('issue', 'comment', 'list', run.task.issue_identifier ?? '')
    const mine = comments.find(({content}: {content: string}) => content === 'And a test, please\n')
    assert.equal((await bench.run(['issue', 'comment', 'delete', mine.id])).code, 0)
  })

  it('says what is wrong with a call, before it does anything', async () => {
    const failing = async (...args: string[]) => {
      const {code, stdout, stderr} = await bench.run(args)
      assert.equal(stdout, '')
      return [code, stderr.trimEnd()]
    }
    const before = (await json('issue', 'list')).length
    assert.deepEqual(await failing('issue', 'status', 'LOC-1', 'finished'), [
      2,
      'Error: invalid status "finished"; valid values: backlog, todo, in_progress, in_review, done, blocked, cancelled',
    ])
    assert.deepEqual(await failing('issue', 'update', 'LOC-1'), [
      2,
      'Error: no fields to update; use flags like --title, --status, --priority, --assignee, etc.',
    ])
    assert.deepEqual(await failing('issue', 'create', '--title', 'x', '--assignee', 'bob'), [
      5,
      'Error: resolve assignee: no member or agent found matching "bob"',
    ])
    assert.equal((await failing('issue', 'create', '--title', 'x', '--follow'))[0], 2)
    assert.equal((await failing('issue', 'create'))[0], 2)
    assert.equal((await failing('issue', 'list', '--output', 'xml'))[0], 2)
    assert.deepEqual(await failing('issue', 'get', 'LOC-999'), [
      5,
      'Error: get issue: issue not found',
    ])
    const file = ['--description-file', '/does/not/exist']
    const [code, said] = await failing('issue', 'create', '--title', 'x', ...file)
    assert.deepEqual(
      [code, said],
      [2, 'Error: --description-file: cannot read /does/not/exist: no such file'],
    )
    assert.equal((await json('issue', 'list')).length, before)
  })
})
