// How fast the product is, beside what is possible on the same machine.
// Usage: npm run bench [-- [--quick] [--list] [<name> …]]
import {writeFile} from 'node:fs/promises'
import {loadavg} from 'node:os'
import {parseArgs} from 'node:util'
import {BENCHMARKS} from './registry.js'
import {type Finished, formatLine, formatReport} from './report.js'
import {type Benchmark, isMet} from './support/benchmark.js'
import {PROFILE_VARIABLE} from './support/child.js'
import {describeMachine, probeFsync} from './support/machine.js'

const USAGE = `npm run bench                    all of them; writes docs/benchmarks.md
npm run bench -- <name> …        some of them; prints the table
npm run bench -- --quick [name]  fewer and shorter rounds, to work with; prints the table

With ${PROFILE_VARIABLE}=<folder> every process writes a CPU profile there.

${BENCHMARKS.map(({name, title}) => `  ${name.padEnd(18)} ${title}`).join('\n')}`

const REPORT = new URL('../../docs/benchmarks.md', import.meta.url)

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    quick: {type: 'boolean', default: false},
    list: {type: 'boolean', default: false},
    help: {type: 'boolean', short: 'h', default: false},
  },
})
const unknown = positionals.filter((name) => !BENCHMARKS.some((entry) => entry.name === name))
if (values.help || values.list || unknown.length > 0) {
  if (unknown.length > 0) console.error(`there is no benchmark "${unknown.join('", "')}"\n`)
  console.log(USAGE)
  process.exit(unknown.length > 0 ? 2 : 0)
}

const wanted = BENCHMARKS.filter(({name}) => positionals.length === 0 || positionals.includes(name))
const machine = describeMachine()
const fsyncMs = await probeFsync()
const [load = 0] = loadavg()
console.log(`${machine}; fsync ${fsyncMs.toFixed(2)} ms`)
const finished: Finished[] = []
for (const benchmark of wanted) finished.push(await runOne(benchmark))
const whole = positionals.length === 0 && !values.quick
if (whole) {
  const date = new Date().toISOString().slice(0, 10)
  const head = {machine, fsyncMs, load, date, command: 'npm run bench'}
  await writeFile(REPORT, formatReport(head, finished))
  console.log('\nwritten to docs/benchmarks.md')
}
const rows = finished.flatMap(({outcome}) => outcome?.rows ?? [])
const missed = rows.filter((row) => isMet(row) === false)
for (const row of missed) console.log(`missed: ${row.goal ?? ''} ${row.what}`)
process.exit(finished.some(({error}) => error !== undefined) ? 1 : 0)

/** A benchmark that fails is told; the others still run. */
async function runOne(benchmark: Benchmark): Promise<Finished> {
  const {name, title, method} = benchmark
  const startedAt = performance.now()
  console.log(`\n${title} (${name})`)
  const base = {name, title, method}
  try {
    const outcome = await benchmark.run({
      quick: values.quick,
      say: (text) => console.log(`  … ${text}`),
    })
    for (const row of outcome.rows) console.log(formatLine(row))
    for (const note of outcome.notes ?? []) console.log(`  ${note}`)
    console.log(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    return {...base, outcome}
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown)
    console.error(`  FAILED: ${thrown instanceof Error ? thrown.stack : error}`)
    return {...base, error}
  }
}
