import assert from 'node:assert/strict'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {newId} from '../../src/ids.js'
import {lockFolder} from '../../src/worker/folder-lock.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

const never = new AbortController().signal

async function setUp() {
  const workspacesRoot = await tempFolder()
  const waiting: string[] = []
  const lock = (path: string, signal = never) =>
    lockFolder({
      workspacesRoot,
      path,
      taskId: newId(),
      onWait: async () => {
        waiting.push(path)
      },
      signal,
    })
  return {workspacesRoot, waiting, lock}
}

test('a second run waits for a folder, and for one in it or around it (fault C4)', async () => {
  const {waiting, lock} = await setUp()
  const release = await lock('/home/me/app')
  await (await lock('/home/me/app2'))()
  const others = ['/home/me/app', '/home/me/app/src', '/home/me'].map((path) => lock(path))
  await until('all of them wait', () => waiting.length === 3)
  await release()
  const done = others.map(async (other) => (await other)())
  await Promise.all(done)
})

test('a lock of a process that is gone does not count, and a wait can be given up', async () => {
  const {workspacesRoot, lock} = await setUp()
  await mkdir(join(workspacesRoot, '.locks'))
  const dead = {path: '/app', pid: 4_194_304, pid_start: 'then'}
  await writeFile(join(workspacesRoot, '.locks', 'dead.json'), JSON.stringify(dead))
  await writeFile(join(workspacesRoot, '.locks', 'torn.json'), '{"pa')
  await lock('/app')
  const giveUp = new AbortController()
  const waiting = lock('/app', giveUp.signal)
  giveUp.abort(new Error('cancelled'))
  await assert.rejects(waiting, /cancelled/)
})
