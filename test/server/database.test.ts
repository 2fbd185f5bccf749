import assert from 'node:assert/strict'
import {before, test} from 'node:test'
import type {Sequelize, Transaction} from 'sequelize'
import {type Database, openDatabase} from '../../server/database.js'
import {migrate} from '../../server/migrations/migrate.js'
import {silentLog} from '../../src/log.js'
import {describeOnBoth, type TestDatabase} from '../support/test-database.js'

describeOnBoth('the database', (newDatabase) => {
  let database: TestDatabase
  const open = () => openDatabase({url: database.url, log: silentLog})
  const withDatabase = async (work: (db: Database) => Promise<void>) => {
    const db = await open()
    try {
      await work(db)
    } finally {
      await db.close()
    }
  }
  before(async () => {
    database = await newDatabase()
  })

  test('its tables have the columns that the models say, and no others', () =>
    withDatabase(async (db) => {
      for (const model of Object.values(db.sequelize.models)) {
        const columns = await db.sequelize.getQueryInterface().describeTable(model.getTableName())
        const attributes = Object.entries(model.getAttributes()).map(
          ([name, {field}]) => field ?? name,
        )
        const stored = Object.keys(columns)
        assert.deepEqual(stored.sort(), attributes.sort(), model.name)
      }
    }))

  test('models have no fields of their own that would hide what was read', () =>
    withDatabase(async (db) => {
      for (const model of Object.values(db.sequelize.models)) {
        const row = model.build({})
        for (const name of Object.keys(model.getAttributes())) {
          assert.ok(!Object.hasOwn(row, name), `${model.name}.${name}`)
        }
      }
    }))

  test('servers that start together make one schema', async () => {
    database = await newDatabase()
    const opened = await Promise.all([open(), open(), open()])
    const [first] = opened
    const [rows] = (await first?.sequelize.query('SELECT name FROM schema_migrations')) ?? [[]]
    assert.equal(new Set(rows.map((row) => (row as {name: string}).name)).size, rows.length)
    for (const db of opened) await db.close()
  })

  test('a migration that fails leaves nothing of itself', () =>
    withDatabase(async (db) => {
      const broken = {
        name: '9000-broken',
        async up(sequelize: Sequelize, transaction: Transaction) {
          await sequelize.query('CREATE TABLE half_made (id INTEGER)', {transaction})
          throw new Error('no further')
        },
      }
      const {rows: known} = await applied(db)
      const good = known.map((name) => ({name, up: async () => {}}))
      await assert.rejects(migrate(db.sequelize, [...good, broken]), /no further/)
      assert.deepEqual((await applied(db)).rows, known)
    }))

  test('a database of a newer version is refused, with its name', async () => {
    await withDatabase(async (db) => {
      await db.sequelize.query(`INSERT INTO schema_migrations VALUES ('9999-later', '2030')`)
    })
    await assert.rejects(open(), /newer version of multica.*9999-later/)
  })
})

async function applied(db: Database): Promise<{rows: string[]}> {
  const [rows] = await db.sequelize.query('SELECT name FROM schema_migrations ORDER BY name')
  return {rows: rows.map((row) => (row as {name: string}).name)}
}
