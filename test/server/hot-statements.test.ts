import assert from 'node:assert/strict'
import {join} from 'node:path'
import {test} from 'node:test'
import {QueryTypes} from 'sequelize'
import sqlite3 from 'sqlite3'
import {openDatabase} from '../../server/database.js'
import {silentLog} from '../../src/log.js'
import {tempFolder} from '../support/temp-folder.js'

/** Another program that has the database open. */
function openBeside(file: string) {
  const other = new sqlite3.Database(file)
  return {
    exec: (sql: string) =>
      new Promise<void>((resolve, reject) => {
        other.exec(sql, (error) => (error ? reject(error) : resolve()))
      }),
    close: () => new Promise((resolve) => other.close(resolve)),
  }
}

test('a statement that finds the database locked leaves later reads and writes alone', async () => {
  const file = join(await tempFolder(), 'multica.db')
  const db = await openDatabase({url: `sqlite:${file}`, log: silentLog})
  const beside = openBeside(file)
  const add = (n: number) => `INSERT INTO seen (n) VALUES (${n})`
  const seen = async () =>
    (await db.sequelize.query<{n: number}>('SELECT n FROM seen', {type: QueryTypes.SELECT})).map(
      ({n}) => n,
    )
  await beside.exec('CREATE TABLE seen (n INTEGER)')
  const prepared = db.prepare('INSERT INTO seen (n) VALUES ($1) RETURNING n')
  assert.deepEqual(await prepared.run([1]), [{n: 1}])

  await beside.exec('BEGIN IMMEDIATE')
  await assert.rejects(prepared.run([2]), {code: 'SQLITE_BUSY'})
  await beside.exec('ROLLBACK')
  assert.deepEqual(await seen(), [1])
  await beside.exec(add(3))
  assert.deepEqual(await seen(), [1, 3])
  await db.write(() => db.sequelize.query(add(4)))
  assert.deepEqual(await seen(), [1, 3, 4])

  await beside.close()
  await db.close()
})
