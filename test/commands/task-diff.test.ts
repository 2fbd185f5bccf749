import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'

const PATCH = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n'
const file = (change: object) => ({
  path: 'a.txt',
  old_path: null,
  change: 'modified' as const,
  additions: 1,
  deletions: 1,
  size: 4,
  uncommitted: true,
  patch: PATCH as string | null,
  omitted: null,
  altered: false,
  ...change,
})

describe('task diff', () => {
  let bench: CliBench
  let issue: string
  before(async () => {
    bench = await createCliBench()
    issue = (await bench.fileIssue()).identifier
    const run = await bench.claim()
    await run.api.uploadDiff(run.task.id, {
      checkouts: [
        {
          name: 'app',
          url: null,
          branch: 'agent/claude/1',
          base: 'a'.repeat(40),
          head: 'b'.repeat(40),
          commits: [{sha: 'b'.repeat(40), subject: 'Make it new', author: 'Ada', at: ''}],
          commits_total: 1,
          files: [
            file({}),
            file({
              path: 'logo.png',
              change: 'added',
              additions: null,
              deletions: null,
              size: 2048,
              patch: null,
              omitted: 'binary',
            }),
          ],
          files_total: 2,
          additions: 1,
          deletions: 1,
          truncated: false,
          error: null,
        },
      ],
    })
    await run.complete()
  })
  after(() => bench.close())

  it('gives git apply a patch, and says beside it what is missing', async () => {
    const {code, stdout, stderr} = await bench.run(['task', 'diff', issue])
    assert.deepEqual([code, stdout], [0, PATCH])
    assert.equal(stderr, 'app: without the contents of logo.png (binary)\n')
  })

  it('shows counts, names or JSON', async () => {
    const stat = await bench.run(['task', 'diff', issue, '--stat'])
    assert.equal(
      stat.stdout,
      'app on agent/claude/1, since aaaaaaa: 1 commit, uncommitted changes; 2 files changed, +1 −1\n' +
        'bbbbbbb Make it new Ada\n' +
        ' a.txt    | 2 +- uncommitted\n' +
        ' logo.png | binary file, 2 KiB uncommitted\n' +
        ' 2 files changed, +1 −1\n',
    )
    const names = await bench.run(['task', 'diff', issue, '--name-only'])
    assert.equal(names.stdout, 'a.txt\nlogo.png\n')
    const json = await bench.run(['task', 'diff', issue, '--json'])
    assert.equal(JSON.parse(json.stdout).checkouts[0].files[0].patch, PATCH)
  })

  it('says 5 where there is none, and why', async () => {
    const other = (await bench.fileIssue()).identifier
    const waiting = await bench.run(['task', 'diff', other])
    assert.equal(waiting.code, 5)
    assert.match(waiting.stderr, /is queued; its changes are gathered when it ends/)
    await (await bench.claim()).complete()
    const none = await bench.run(['task', 'diff', other])
    assert.match(none.stderr, /has worked in no git checkout/)
    const wrong = await bench.run(['task', 'diff', issue, '--checkout', 'lib'])
    assert.match(wrong.stderr, /has no checkout "lib" \(it has: app\)/)
  })
})
