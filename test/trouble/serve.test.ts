import assert from 'node:assert/strict'
import {rm, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {after, before, beforeEach, describe, test} from 'node:test'
import sqlite3 from 'sqlite3'
import {type RunningCli, runCli, startCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** Runs one statement on an SQLite file, from outside. */
const sql = (db: sqlite3.Database, text: string) =>
  new Promise<void>((resolve, reject) => {
    db.exec(text, (error) => (error ? reject(error) : resolve()))
  })

describe('trouble with a server', () => {
  let home: string
  let taken: Server
  before(async () => {
    taken = createServer()
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve)
    })
  })
  beforeEach(async () => {
    home = await tempFolder()
  })
  after(() => taken.close())

  const serve = (...args: string[]) => runCli(['serve', ...args], {home})
  const start = async (...args: string[]): Promise<RunningCli> => {
    const server = startCli(['serve', '--port', '0', ...args], {home})
    await until('it listens', () => server.stderr.includes('Listening on'), 20_000)
    return server
  }
  const stop = async (server: RunningCli) => {
    server.child.kill('SIGTERM')
    return (await server.done).code
  }
  const database = () => join(home, '.multica', 'server', 'multica.db')

  test('a port that is taken is named, with the flag that chooses another', async () => {
    const {port} = taken.address() as AddressInfo
    const {code, stderr} = await serve('--port', String(port))
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`port ${port} on 127.0.0.1 is in use; .*--port`))
  })

  test('a second server on the same files is refused and names the first', async () => {
    const first = await start()
    const {code, stderr} = await serve('--port', '0')
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`process ${first.child.pid}.*--data-dir`))
    assert.equal(await stop(first), 143)
  })

  test('a server that was killed leaves no lock behind', async () => {
    const first = await start()
    first.child.kill('SIGKILL')
    await first.done
    await stop(await start())
  })

  test('a database that a newer version made is not touched', async () => {
    await stop(await start())
    const db = new sqlite3.Database(database())
    await sql(db, `INSERT INTO schema_migrations VALUES ('9999-from-the-future', '2030-01-01')`)
    const {code, stderr} = await serve('--port', '0')
    assert.equal(code, 1)
    assert.match(stderr, /newer version of multica.*9999-from-the-future.*update multica/)
    db.close()
  })

  test('a database that somebody else has locked: a call waits, or says so', async () => {
    const server = await start()
    const url = /http:\S+/.exec(server.stderr)?.[0] ?? ''
    const token = await until('the token is printed', () => /mul_\w+/.exec(server.stdout)?.[0])
    const env = {MULTICA_SERVER_URL: url, MULTICA_TOKEN: token}
    const db = new sqlite3.Database(database())
    await sql(db, 'BEGIN EXCLUSIVE')
    const created = runCli(['issue', 'create', '--title', 'waits'], {home, env})
    const list = await runCli(['issue', 'list'], {home, env})
    assert.equal(list.code, 0, 'reading goes on')
    await sql(db, 'COMMIT')
    assert.equal((await created).code, 0, (await created).stderr)
    const after = await runCli(['issue', 'list', '--json'], {home, env})
    assert.equal(JSON.parse(after.stdout).length, 1)
    db.close()
    await stop(server)
  })

  test('a file that is no database is named and left as it is', async () => {
    const file = join(home, 'multica.db')
    await writeFile(file, 'no database at all, but long enough to be taken for the head of one')
    const {code, stderr} = await serve('--port', '0', '--data-dir', home)
    assert.equal(code, 1)
    assert.match(stderr, /multica.db is not a readable SQLite database/)
  })

  test('a folder that cannot be made is named', async () => {
    await writeFile(join(home, 'file'), '')
    const {code, stderr} = await serve('--port', '0', '--data-dir', join(home, 'file', 'x'))
    assert.equal(code, 1)
    assert.match(stderr, /cannot make the folder .*file\/x \(ENOTDIR\).*--data-dir/)
  })

  test('a Postgres that does not answer, and an address that is none', async () => {
    const gone = await serve('--port', '0', '--database-url', 'postgres://u:secret@127.0.0.1:1/x')
    assert.equal(gone.code, 1)
    assert.match(gone.stderr, /cannot open the database postgres:.*127.0.0.1:1.*ECONNREFUSED/)
    assert.doesNotMatch(gone.stderr, /secret/)
    const wrong = await serve('--port', '0', '--database-url', 'mysql://x')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /--database-url must begin with postgres:/)
  })

  test('Ctrl-C ends it cleanly, with everything on the disk', async () => {
    const server = await start()
    server.child.kill('SIGINT')
    assert.equal((await server.done).code, 130)
    const again = await start()
    assert.doesNotMatch(again.stderr, /first start/)
    await stop(again)
    await rm(home, {recursive: true})
  })
})
