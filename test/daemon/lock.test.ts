import assert from 'node:assert/strict'
import {readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {acquireLock, findHolder} from '../../src/daemon/lock.js'
import {changeState, readState} from '../../src/daemon/state-file.js'
import {tempFolder} from '../support/temp-folder.js'

/** Processes that live: pid → start time. */
const living = (processes: Record<number, string>) => async (pid: number) => processes[pid]

async function options(processes: Record<number, string>) {
  const stateDir = await tempFolder()
  return {
    stateDir,
    pidPath: join(stateDir, 'daemon.pid'),
    serverUrl: 'http://localhost:8080',
    profile: undefined,
    processStart: living(processes),
  }
}

test('the second daemon is refused and told who the first one is (fault C7)', async () => {
  const o = await options({[process.pid]: 'now'})
  const lock = await acquireLock(o)
  await lock.setPort(1234)
  const second = acquireLock(o)
  await assert.rejects(
    second,
    new RegExp(`daemon is already running \\(pid ${process.pid}, since 20`),
  )
  assert.equal(await readFile(o.pidPath, 'utf8'), `${process.pid}\n`)
  assert.equal((await findHolder(o.stateDir, o.processStart))?.port, 1234)
  await lock.release()
  assert.equal(await findHolder(o.stateDir, o.processStart), undefined)
  await assert.rejects(stat(o.pidPath), /ENOENT/)
  await (await acquireLock(o)).release()
})

test('a lock whose process is gone, or has another start time, is taken over', async () => {
  for (const processes of [{}, {4242: 'later'}]) {
    const o = await options({[process.pid]: 'now', ...processes})
    const holder = {pid: 4242, pid_start: 'earlier', since: 's', server_url: 'u'}
    await changeState(o.stateDir, (state) => ({
      ...state,
      daemon: {...holder, mode: 'background', flags: []},
    }))
    const lock = await acquireLock(o)
    assert.equal((await readState(o.stateDir)).daemon?.pid, process.pid)
    await lock.release()
  }
})

test('of many that start at once, one gets the lock (fault C7)', async () => {
  const o = await options({[process.pid]: 'now'})
  const tries = await Promise.allSettled(Array.from({length: 5}, () => acquireLock(o)))
  assert.equal(tries.filter(({status}) => status === 'fulfilled').length, 1)
})

test('what else the state holds survives the lock', async () => {
  const o = await options({[process.pid]: 'now'})
  await changeState(o.stateDir, (state) => ({...state, unwatched: ['w'], later: 1}))
  const lock = await acquireLock(o)
  await lock.release()
  assert.deepEqual(await readState(o.stateDir), {allowed_dirs: [], unwatched: ['w'], later: 1})
  assert.equal((await stat(join(o.stateDir, 'state.json'))).mode & 0o777, 0o600)
})
