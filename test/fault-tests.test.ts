import assert from 'node:assert/strict'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {before, describe, it} from 'node:test'
import {packageRoot} from './support/run-cli.js'

/** Faults by the files that name them: `test/worker/run.test.ts` => `A1`, `H12`. */
async function namedFaults(): Promise<Map<string, string[]>> {
  const files = await readdir(join(packageRoot, 'test'), {recursive: true})
  const sources = files
    .filter((file) => file.endsWith('.ts'))
    .map(async (file): Promise<[string, string[]]> => {
      const source = await readFile(join(packageRoot, 'test', file), 'utf8')
      const named = [...source.matchAll(/\(faults? ([A-Z]-?\d+(?:, [A-Z]-?\d+)*)\)/g)]
      return [`test/${file}`, named.flatMap((match) => match[1]?.split(', ') ?? [])]
    })
  return new Map(await Promise.all(sources))
}

describe('the table of faults', () => {
  let named: Map<string, string[]>
  let rows: {id: string; file: string}[]
  before(async () => {
    named = await namedFaults()
    const table = await readFile(join(packageRoot, 'docs/fault-tests.md'), 'utf8')
    rows = [...table.matchAll(/^\| ([A-Z]-?\d+) \| .+ \| (test\/\S+\.ts) \|$/gm)].map(
      ([, id = '', file = '']) => ({id, file}),
    )
    assert.ok(rows.length > 100)
  })

  it('names tests whose titles name the fault', () => {
    const missing = rows.filter(({id, file}) => !named.get(file)?.includes(id))
    assert.deepEqual(missing, [])
  })

  it('has every fault that a test names', () => {
    const known = new Set(rows.map(({id}) => id))
    const missing = [...named.values()].flat().filter((id) => !known.has(id))
    assert.deepEqual(missing, [])
  })
})
