import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'

describe('multica workspace watch and unwatch', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  const watched = async () => {
    const path = join(bench.home, '.multica', 'config.json')
    const config = JSON.parse(await readFile(path, 'utf8'))
    return (config.watched_workspaces ?? []).map(({id}: {id: string}) => id)
  }

  it('take an id, a slug or a name', async () => {
    const {name, slug} = await bench.api.workspace(bench.workspaceId)
    for (const named of [bench.workspaceId, slug, name]) {
      assert.equal((await bench.run(['workspace', 'watch', slug])).code, 0)
      assert.deepEqual(await watched(), [bench.workspaceId])
      const {code, stderr} = await bench.run(['workspace', 'unwatch', named])
      assert.equal(code, 0, stderr)
      assert.deepEqual(await watched(), [])
    }
  })

  it('name what is watched when it is something else', async () => {
    await bench.run(['workspace', 'watch', bench.workspaceId])
    const {code, stderr} = await bench.run(['workspace', 'unwatch', 'other-team'])
    assert.notEqual(code, 0)
    assert.match(stderr, /workspace other-team is not being watched; watched: .+\(.+\)/)
    await bench.run(['workspace', 'unwatch', bench.workspaceId])
    const none = await bench.run(['workspace', 'unwatch', 'other-team'])
    assert.match(none.stderr, /is not being watched; watched: none/)
  })
})
