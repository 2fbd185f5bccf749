// How fast a run begins, is heard and ends, with the real server, daemon, workers and agent processes.
// Usage: npm run bench [-- <rounds>]
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {readServerConfig, startServer} from '../server/server.js'
import {createApi} from '../src/client/api.js'
import {followTask} from '../src/client/follow-task.js'
import {silentLog} from '../src/log.js'
import {processEnvironment} from '../src/settings/environment.js'
import {type LocalSystem, startLocal} from '../src/up/start-local.js'

const rounds = Number(process.argv[2] ?? 15)
const LINES = 40

/** Says when it began and when it said each line, in milliseconds since the epoch. */
const TALKER = `
const say = (content) => process.stdout.write(JSON.stringify({type: 'status', content}) + '\\n')
say('begun ' + (performance.timeOrigin))
let left = ${LINES}
const timer = setInterval(() => {
  say('at ' + (performance.timeOrigin + performance.now()))
  if (--left === 0) { clearInterval(timer); process.stdout.write(JSON.stringify({type: 'result', output: 'done'}) + '\\n') }
}, 25)`
const OBEYS = `process.stdout.write('working\\n'); setInterval(() => {}, 1000)`
const IGNORES = `for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); ${OBEYS}`

const home = await mkdtemp(join(tmpdir(), 'multica-bench-'))
const programs = {talker: TALKER, obeys: OBEYS, ignores: IGNORES}
for (const [name, text] of Object.entries(programs))
  await writeFile(join(home, `${name}.mjs`), text)
const env = {...processEnvironment(), HOME: home, MULTICA_HOME: join(home, '.multica')}
const system = await startLocal({
  host: '127.0.0.1',
  port: 0,
  portIsFixed: true,
  dataDir: join(home, 'server'),
  env,
  agents: Object.fromEntries(
    Object.keys(programs).map((name) => [
      name,
      {type: 'command', command: [process.execPath, join(home, `${name}.mjs`)]},
    ]),
  ),
  startServer: (where) => startServer({...readServerConfig({}, env), ...where}),
  log: silentLog,
  signal: new AbortController().signal,
})
try {
  const begun: number[] = []
  const first: number[] = []
  const heard: number[] = []
  for (let round = 0; round < rounds; round++) {
    const figures = await listen(system)
    begun.push(figures.begun)
    first.push(figures.first)
    heard.push(...figures.heard)
  }
  const obeyed = await repeat(Math.min(rounds, 5), () => cancel(system, 'obeys'))
  const ignored = await repeat(1, () => cancel(system, 'ignores'))
  console.log(`run latency, ${rounds} rounds, milliseconds`)
  print('issue assigned → agent process begun', begun)
  print('agent process begun → its first line at a reader', first)
  print('agent writes a line → the line at a reader', heard)
  print('cancel → tree dead and acknowledged, agent obeys', obeyed)
  print('cancel → tree dead and acknowledged, signals ignored', ignored)
} finally {
  await system.stop()
  await rm(home, {recursive: true, force: true})
}

async function assign({api, agents}: LocalSystem, name: string): Promise<string> {
  const agent = agents.find((entry) => entry.name === name)
  const issue = await api.createIssue({
    title: name,
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agent?.id ?? '',
  })
  return issue.enqueued_task_id ?? ''
}

async function listen(local: LocalSystem) {
  const assigned = Date.now()
  const taskId = await assign(local, 'talker')
  let began = 0
  let first = 0
  const heard: number[] = []
  for await (const event of follow(local, taskId)) {
    const now = performance.timeOrigin + performance.now()
    if (event.event !== 'task:message') continue
    const [word, time] = (event.data.content ?? '').split(' ')
    if (word === 'begun') {
      began = Number(time)
      first = now - began
    } else if (word === 'at') heard.push(now - Number(time))
  }
  return {begun: began - assigned, first, heard}
}

async function cancel(local: LocalSystem, name: string): Promise<number> {
  const taskId = await assign(local, name)
  let asked = 0
  for await (const event of follow(local, taskId)) {
    if (event.event !== 'task:message' || asked > 0) continue
    asked = performance.now()
    await createApi(local.api.client).cancelTask(taskId)
  }
  return performance.now() - asked
}

function follow({api}: LocalSystem, taskId: string) {
  return followTask(api.client, taskId, {signal: new AbortController().signal})
}

async function repeat(count: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = []
  for (let round = 0; round < count; round++) values.push(await measure())
  return values
}

function print(what: string, values: number[]): void {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)
  console.log(
    `  ${what.padEnd(56)} p50 ${at(0.5).padStart(6)}  p99 ${at(0.99).padStart(6)}  (n = ${values.length})`,
  )
}
