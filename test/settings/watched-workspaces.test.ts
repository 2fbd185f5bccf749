import assert from 'node:assert/strict'
import {test} from 'node:test'
import {addWatched, removeWatched} from '../../src/settings/watched-workspaces.js'

test('the first watched workspace becomes the default', () => {
  const first = addWatched({token: 't'}, {id: 'a', name: 'A'})
  assert.deepEqual(first, {
    added: true,
    madeDefault: true,
    config: {token: 't', workspace_id: 'a', watched_workspaces: [{id: 'a', name: 'A'}]},
  })
  const second = addWatched(first.config, {id: 'b', name: 'B'})
  assert.equal(second.madeDefault, false)
  assert.equal(second.config.workspace_id, 'a')
  const again = addWatched(second.config, {id: 'b', name: 'B'})
  assert.equal(again.added, false)
  assert.equal(again.config.watched_workspaces?.length, 2)
})

test('only what is on the list can be taken off', () => {
  const config = {watched_workspaces: [{id: 'a'}, {id: 'b'}]}
  assert.deepEqual(removeWatched(config, 'a'), {watched_workspaces: [{id: 'b'}]})
  assert.equal(removeWatched(config, 'x'), undefined)
  assert.equal(removeWatched({}, 'x'), undefined)
})
