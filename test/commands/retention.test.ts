import assert from 'node:assert/strict'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'

describe('export and retention', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  const lines = Array.from({length: 2500}, (_, index) => `line ${index}`)
  const longRun = async () => {
    const issue = await bench.fileIssue()
    const run = await bench.claim()
    for (let at = 0; at < lines.length; at += 500) {
      const some = lines.slice(at, at + 500)
      await run.say(...some.map((content) => ({type: 'status' as const, content})))
    }
    return {issue, run}
  }

  it('writes a transcript whole, to standard output or to a file', async () => {
    const {issue, run} = await longRun()
    const file = join(bench.home, 'run.ndjson')
    const early = await bench.run(['task', 'export', run.task.id])
    assert.equal(early.code, 0, early.stderr)
    assert.match(early.stderr, /2500 messages of run .*; the run is running, more may come/)
    await run.complete()
    const piped = await bench.run(['task', 'export', issue.identifier])
    const filed = await bench.run(['task', 'export', issue.identifier, '--file', file])
    assert.equal(filed.code, 0, filed.stderr)
    assert.equal(await readFile(file, 'utf8'), piped.stdout)
    const contents = piped.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).content)
    assert.deepEqual(contents, lines)
    assert.deepEqual(
      (await readdir(bench.home)).filter((name) => name.includes('.part')),
      [],
    )
  })

  it('tells what pruning would delete, deletes it, and explains what is gone', async () => {
    const {issue, run} = await longRun()
    await run.complete()
    const dry = await bench.run(['server', 'prune', '--older-than', '30d', '--dry-run', '--json'])
    assert.deepEqual(JSON.parse(dry.stdout), [{workspace: 'local', tasks: 0, messages: 0}])
    await bench.api.prune(bench.workspaceId, {older_than_days: 0})
    for (const command of ['tail', 'export']) {
      const gone = await bench.run(['task', command, issue.identifier])
      assert.equal(gone.code, 5, gone.stderr)
      assert.match(gone.stderr, /transcript of run .* was deleted on/)
    }
    const wrong = await bench.run(['server', 'prune', '--older-than', 'soon'])
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /write it like 90d/)
    const nowhere = ['server', 'prune', '--older-than', '1y', '--workspace-id', 'nowhere']
    const unknown = await bench.run(nowhere)
    assert.equal(unknown.code, 5, unknown.stderr)
    assert.match(unknown.stderr, /unknown workspace "nowhere"; yours are: local/)
  })

  it('sets how long a workspace keeps transcripts', async () => {
    const set = await bench.run(['workspace', 'set', 'local', '--retention', '12w', '--json'])
    assert.equal(JSON.parse(set.stdout).retention_days, 84, set.stderr)
    const kept = await bench.run(['workspace', 'set', 'local', '--retention', 'forever'])
    assert.match(kept.stdout, /forever/)
    assert.equal((await bench.run(['workspace', 'set', 'local'])).code, 2)
  })
})
