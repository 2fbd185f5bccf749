import assert from 'node:assert/strict'
import {test} from 'node:test'
import {changeState} from '../../src/daemon/state-file.js'
import {syncWatchList} from '../../src/daemon/watch-list.js'
import {silentLog} from '../../src/log.js'
import type {Workspace} from '../../src/protocol/workspace.js'
import {type ConfigFile, openConfig} from '../../src/settings/config-file.js'
import {tempFolder} from '../support/temp-folder.js'

const serverUrl = 'http://localhost:8080'
const members = (...ids: string[]) => ids.map((id) => ({id, name: id.toUpperCase()})) as Workspace[]

async function setUp(file: ConfigFile) {
  const home = await tempFolder()
  const config = openConfig(undefined, {MULTICA_HOME: home})
  await config.change(() => file)
  const sync = (list: Workspace[] | Error, extra: string[] = []) =>
    syncWatchList({
      present: ['served'],
      config,
      stateDir: `${home}/daemon`,
      serverUrl,
      extra,
      memberships: async () => {
        if (list instanceof Error) throw list
        return list
      },
      log: silentLog,
    })
  const unwatch = (...ids: string[]) =>
    changeState(`${home}/daemon`, (state) => ({...state, unwatched: ids}))
  return {config, sync, unwatch}
}

test('new workspaces are added and left ones dropped, and what else stands there is kept', async () => {
  const kept = {id: 'a', name: 'A', colour: 'red'}
  const {config, sync} = await setUp({watched_workspaces: [kept, {id: 'left'}], token: 't'})
  assert.deepEqual(await sync(members('a', 'b')), ['a', 'b'])
  assert.deepEqual(config.read(), {token: 't', watched_workspaces: [kept, {id: 'b', name: 'B'}]})
})

test('an unwatched workspace does not come back, unless the caller names it', async () => {
  const {sync, unwatch} = await setUp({})
  await unwatch('a')
  assert.deepEqual(await sync(members('a', 'b')), ['b'])
  assert.deepEqual(await sync(members('a', 'b'), ['a']), ['a', 'b'])
})

test('while the server cannot be asked, the list of the config holds', async () => {
  const {sync} = await setUp({watched_workspaces: [{id: 'a'}]})
  assert.deepEqual(await sync(new Error('down'), ['x']), ['a', 'x'])
})

test("another server's list is neither used nor changed", async () => {
  const file = {server_url: 'https://other.example', watched_workspaces: [{id: 'theirs'}]}
  const {config, sync} = await setUp(file)
  assert.deepEqual(await sync(members('a')), ['a'])
  assert.deepEqual(await sync(new Error('down')), ['served'], 'what is served goes on')
  assert.deepEqual(config.read(), file)
})
