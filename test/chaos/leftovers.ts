import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {findProcesses} from '../support/find-processes.js'
import {SECRETS} from './script.js'
import {type ChaosSystem, isAlive} from './system.js'

/** What a system that has been stopped may not leave behind. */
export async function findLeftovers(system: ChaosSystem): Promise<string[]> {
  const {home, tasksFolder} = system
  const state = join(home, '.multica')
  const daemonState = JSON.parse(
    await readFile(join(state, 'daemon', 'state.json'), 'utf8').catch(() => '{}'),
  )
  const temporary = await readdir(join(home, 'tmp')).catch(() => [])
  // Folders of claims that were given up have been put aside and are deleted with time.
  const folders = (await readdir(tasksFolder).catch(() => [])).filter((id) => !id.includes('.'))
  const locks = await Promise.all(
    folders.map(async (id) => (await readdir(join(tasksFolder, id))).filter(isLock)),
  )
  const ofDaemon = (await readdir(join(state, 'daemon'))).filter(isLock)
  const pidFile = (await readdir(state)).filter((name) => name === 'daemon.pid')
  const living = (await findProcesses(`HOME=${home}`)).filter(isAlive)
  return [
    ...living.map((pid) => `process ${pid} lives on`),
    ...(daemonState.daemon ? ['the lock of the daemon is held'] : []),
    ...[...locks.flat(), ...ofDaemon, ...pidFile].map((name) => `${name} is left`),
    ...temporary.map((name) => `${name} is left in the folder for temporary files`),
  ]
}

const isLock = (name: string): boolean => /\.(lock|claim|new|tmp|part)$/.test(name)

/** Places where a secret of an agent stands that must not be seen there. The servers must be stopped. */
export async function findSecrets(system: ChaosSystem): Promise<string[]> {
  const texts = SECRETS.map(({raw}) => raw)
  const logs = join(system.home, 'logs')
  const files = [
    ...(await readdir(logs)).map((name) => join(logs, name)),
    join(system.home, '.multica', 'daemon.log'),
    ...(await readdir(system.tasksFolder).catch(() => [])).flatMap((id) =>
      ['journal.ndjson', 'worker.log', 'worker.json', 'done.json'].map((name) =>
        join(system.tasksFolder, id, name),
      ),
    ),
  ]
  const found: string[] = []
  for (const file of files) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0))
    if (texts.some((text) => bytes.includes(text))) found.push(`a secret stands in ${file}`)
  }
  const rows = await system.database.countRowsWith(texts)
  return rows === 0 ? found : [...found, `a secret stands in ${rows} rows of the database`]
}
