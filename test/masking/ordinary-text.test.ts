import assert from 'node:assert/strict'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {createMasker} from '../../src/masking/masker.js'

const MAX_FILE = 300_000
const SOURCE = /\.(?:ts|js|mjs|cjs|md|json|css|yml)$/
/** Other people's code of many kinds, without packages whose business is secrets. */
const PACKAGES = ['zod', 'express', 'preact', 'execa', 'pino', 'pg', 'sequelize', '@oclif/core']

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'})
  return names.filter((name) => SOURCE.test(name)).map((name) => join(folder, name))
}

/** Lines of the files, and those of them that masking a whole file changes. */
function measure(files: readonly string[]): {lines: number; touched: string[]} {
  const masker = createMasker()
  let lines = 0
  const touched: string[] = []
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    if (text.length > MAX_FILE) continue
    const own = text.split('\n')
    lines += own.length
    const masked = masker.mask(text)
    if (masked === text) continue
    const left = new Set(masked.split('\n'))
    touched.push(...own.filter((line) => !left.has(line)).map((line) => `${file}: ${line}`))
  }
  return {lines, touched}
}

const report = ({lines, touched}: {lines: number; touched: string[]}) =>
  `${touched.length} of ${lines} lines:\n${touched.slice(0, 20).join('\n')}`

test('less than one line of a thousand of this project is touched', () => {
  const found = measure(['src', 'server', 'commands', 'templates', 'docs'].flatMap(filesOf))
  assert.ok(found.lines > 15_000, report(found))
  assert.ok(found.touched.length < found.lines / 1000, report(found))
})

test("less than one line of a thousand of other people's code is touched", () => {
  const found = measure(PACKAGES.flatMap((name) => filesOf(join('node_modules', name))))
  assert.ok(found.lines > 100_000, report(found))
  assert.ok(found.touched.length < found.lines / 1000, report(found))
})
