import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {packageRoot} from './support/run-cli.js'

test('every fault of the table is named by a title of its test', async () => {
  const table = await readFile(join(packageRoot, 'docs/fault-tests.md'), 'utf8')
  const rows = [...table.matchAll(/^\| ([A-Z]-?\d+) \| .+ \| (test\/\S+\.ts) \|$/gm)]
  assert.ok(rows.length > 50)
  const missing: string[] = []
  for (const [, id, file] of rows) {
    const source = await readFile(join(packageRoot, file ?? ''), 'utf8').catch(() => '')
    const named = [...source.matchAll(/\(faults? ([^)]+)\)/g)].some((match) =>
      match[1]?.split(', ').includes(id ?? ''),
    )
    if (!named) missing.push(`${id} in ${file}`)
  }
  assert.deepEqual(missing, [])
})
