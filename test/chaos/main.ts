// The fault suite: real servers, daemon, workers and readers, and everything that can go wrong.
import {parseArgs} from 'node:util'
import {formatOutcome} from './report.js'
import {runChaos} from './run.js'

const USAGE = `Runs real servers, a daemon, workers, agents and readers, does harm to all of them by a seeded plan, and
compares what the agents said with what everybody got. See docs/faults.md.

usage: npm run chaos -- [flags]

  --seed S            the plan (default: a new one)
  --minutes M         how long harm is done (default 1); the checks come on top
  --database D        sqlite (default) or postgres
  --servers N         1 (default) or 2; two need postgres
  --tasks N           runs at a time (default 4)
  --short             without the faults that take longer than a lease
  --keep              leaves a copy of the run's folder: database, journals and logs
  --verbose           says each fault and each task
  --help              shows this

Ends with 1 when something was lost, repeated, out of order, untrue, stuck or left behind.`

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: String(Date.now() % 1_000_000)},
    minutes: {type: 'string', default: '1'},
    database: {type: 'string', default: 'sqlite'},
    servers: {type: 'string', default: '1'},
    tasks: {type: 'string', default: '4'},
    short: {type: 'boolean', default: false},
    keep: {type: 'boolean', default: false},
    verbose: {type: 'boolean', default: false},
    help: {type: 'boolean', short: 'h', default: false},
  },
})
const {seed, database, short: isShort, verbose, keep} = values
const [minutes, servers, tasksAtOnce] = [values.minutes, values.servers, values.tasks].map(Number)
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const isRight =
  (database === 'sqlite' || database === 'postgres') &&
  minutes !== undefined &&
  minutes > 0 &&
  (servers === 1 || servers === 2) &&
  tasksAtOnce !== undefined &&
  Number.isInteger(tasksAtOnce) &&
  tasksAtOnce > 0
if (!isRight) {
  console.error(USAGE)
  process.exit(2)
}
if (servers > 1 && database === 'sqlite') {
  console.error('several servers need --database postgres: an SQLite file has one server')
  process.exit(2)
}
const flags = ['tasks', 'short'] as const
const extra = flags
  .filter((flag) => process.argv.includes(`--${flag}`))
  .map((flag) => (flag === 'tasks' ? ` --tasks ${tasksAtOnce}` : ' --short'))
const replay = `npm run chaos -- --seed ${seed} --minutes ${minutes} --database ${database} --servers ${servers}${extra.join('')}`
console.log(`replay with: ${replay}`)
const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The library that brings Postgres listens too, and would end this process at once.
  process.removeAllListeners(name)
  process.once(name, () => {
    console.error('interrupted: ending every process of the run; a second time leaves them')
    interruption.abort()
  })
}
const outcome = await runChaos({
  ...{seed, minutes, database, servers, tasksAtOnce, isShort, verbose, keep},
  signal: interruption.signal,
  say: (text) => console.log(text),
}).catch((error: unknown) => {
  if (!interruption.signal.aborted) throw error
  process.exit(130)
})
console.log(formatOutcome(outcome))
if (outcome.violations.length > 0) console.error(`\nFAILED; replay with: ${replay}`)
process.exit(outcome.violations.length > 0 ? 1 : 0)
