import assert from 'node:assert/strict'
import {rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {QueryTypes, Sequelize} from 'sequelize'
import {type Database, openDatabase} from '../../server/database.js'
import {giveBack} from '../../server/free-space.js'
import {silentLog} from '../../src/log.js'
import {tempFolder} from '../support/temp-folder.js'

const MIB = 1024 * 1024

describe('free space of an SQLite file', () => {
  let folder: string
  before(async () => {
    folder = await tempFolder()
  })
  after(() => rm(folder, {recursive: true, force: true}))

  const fill = async (sequelize: Sequelize) => {
    await sequelize.query('CREATE TABLE big (text TEXT)')
    for (let count = 0; count < 40; count++) {
      await sequelize.query(`INSERT INTO big VALUES (hex(randomblob(${MIB / 4})))`)
    }
  }
  const open = (name: string): Promise<Database> =>
    openDatabase({url: `sqlite:${join(folder, name)}`, log: silentLog})
  const sizeOf = async (name: string) => (await stat(join(folder, name))).size

  test('deleted rows make the file smaller (fault H-11)', async () => {
    const db = await open('new.sqlite')
    await fill(db.sequelize)
    await db.sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)')
    const full = await sizeOf('new.sqlite')
    await db.sequelize.query('DELETE FROM big')
    assert.equal(await giveBack(db), undefined)
    assert.ok(full > 20 * MIB && (await sizeOf('new.sqlite')) < MIB, 'the file has not shrunk')
    assert.ok((await sizeOf('new.sqlite-wal')) < MIB, 'the log has not shrunk')
    await db.close()
  })

  test('a file that was made without room for that gets it at its next start', async () => {
    const old = new Sequelize({
      dialect: 'sqlite',
      storage: join(folder, 'old.sqlite'),
      logging: false,
    })
    await fill(old)
    const row = await old.query('PRAGMA auto_vacuum', {type: QueryTypes.SELECT})
    assert.deepEqual(row, [{auto_vacuum: 0}])
    await old.query('DELETE FROM big')
    await old.query('INSERT INTO big VALUES (1)')
    await old.close()
    const db = await open('old.sqlite')
    assert.ok((await sizeOf('old.sqlite')) < MIB)
    assert.equal(await giveBack(db), undefined)
    const [kept] = await db.sequelize.query('SELECT * FROM big', {type: QueryTypes.SELECT})
    assert.deepEqual(kept, {text: '1'})
    await db.close()
  })

  test('one that cannot shrink says what to do', async () => {
    const db = await open('large.sqlite')
    await fill(db.sequelize)
    await db.sequelize.query('PRAGMA auto_vacuum = NONE')
    await db.sequelize.query('VACUUM')
    await db.sequelize.query('DELETE FROM big')
    assert.match((await giveBack(db)) ?? '', /keeps \d+ MB of freed space .*VACUUM/)
    await db.close()
  })
})
