import assert from 'node:assert/strict'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {packageRoot} from '../support/run-cli.js'

const text = readFileSync(join(packageRoot, 'docs', 'compatibility.md'), 'utf8')

test('every test that the compatibility tables name is there', () => {
  const named = [...new Set(text.match(/[\w/.-]+\.test\.ts/g))]
  assert.ok(named.length > 20)
  const missing = named.filter((path) => !existsSync(join(packageRoot, 'test', path)))
  assert.deepEqual(missing, [])
})

test('every row says how, and names a test unless it is not done', () => {
  const rows = text.split('\n').filter((line) => /^\| [\d–]/.test(line))
  assert.ok(rows.length > 40)
  for (const row of rows) {
    const [, , , how = '', tests = ''] = row.split('|').map((cell) => cell.trim())
    assert.ok(how !== '' && (tests !== '' || how.startsWith('not done')), row)
  }
})
