// The fault suite: real servers, daemon, workers and readers, and everything that can go wrong.
// Usage: npm run chaos -- [--seed S] [--minutes M] [--database sqlite|postgres] [--servers 1|2] [--verbose]
import {parseArgs} from 'node:util'
import {formatFindings, runChaos} from './run.js'

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: String(Date.now() % 1_000_000)},
    minutes: {type: 'string', default: '1'},
    database: {type: 'string', default: 'sqlite'},
    servers: {type: 'string', default: '1'},
    verbose: {type: 'boolean', default: false},
    tasks: {type: 'string', default: '4'},
  },
})
const {seed, database} = values
const minutes = Number(values.minutes)
const servers = Number(values.servers)
const tasksAtOnce = Number(values.tasks)
if (!(minutes > 0) || !(servers >= 1) || !['sqlite', 'postgres'].includes(database)) {
  console.error(
    'usage: npm run chaos -- [--seed S] [--minutes M] [--database sqlite|postgres] [--servers 1|2]',
  )
  process.exit(2)
}
if (servers > 1 && database === 'sqlite') {
  console.error('several servers need --database postgres: an SQLite file has one server')
  process.exit(2)
}
const replay = `npm run chaos -- --seed ${seed} --minutes ${minutes} --database ${database} --servers ${servers}`
console.log(`replay with: ${replay}`)
const outcome = await runChaos({
  seed,
  minutes,
  database: database as 'sqlite' | 'postgres',
  servers,
  tasksAtOnce,
  verbose: values.verbose,
  say: (text) => console.log(text),
})
console.log(formatFindings(outcome))
if (outcome.violations.length > 0) console.error(`\nFAILED; replay with: ${replay}`)
process.exit(outcome.violations.length > 0 ? 1 : 0)
