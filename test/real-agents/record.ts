// Records how real agents talk, for the tests that play it: node dist/test/real-agents/record.js [agent …]
// The files are written to test/golden/conformance; paths and ports of this machine are taken out.
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {AgentAnswer, AgentEvent, AgentIo, AgentRun} from '../../src/agents/adapter.js'
import {adapterOf} from '../../src/agents/adapters.js'
import {startAgent} from '../../src/process-tree/start-agent.js'
import {stopTree} from '../../src/process-tree/stop-tree.js'
import type {Turn} from '../support/fake-anthropic.js'
import {
  type AnyModel,
  prepareHome,
  REAL_AGENTS,
  type RealAgent,
  type RealAgentName,
  settingsOf,
} from '../support/real-agents.js'
import {tempFolder} from '../support/temp-folder.js'

interface Case {
  name: string
  turns: Turn[]
  resume?: 'work' | 'none'
  answer?: AgentAnswer
  /** Interrupt when an event of this type has come. */
  stopAt?: AgentEvent['type']
}

const CASES: Case[] = [
  {
    name: 'work',
    turns: [
      [{thinking: 'I should look first.'}, {text: 'Let me look.'}, {shell: 'seq 4200 4201'}],
      [{text: 'It is there. '}, {shell: 'ls /does-not-exist-at-all'}],
      [{text: 'All **done**: I have looked.'}],
    ],
  },
  {name: 'resume', turns: [[{text: 'I remember.'}]], resume: 'work'},
  {name: 'gone', turns: [[{text: 'Never said.'}]], resume: 'none'},
  {name: 'refused', turns: Array<Turn>(9).fill({status: 401})},
  {name: 'limited', turns: [{status: 429}, [{text: 'Now it works.'}]]},
  {
    name: 'asked',
    turns: [[{shell: 'touch made.txt'}], [{text: 'I may not.'}]],
    answer: {outcome: 'deny'},
  },
  {
    name: 'stopped',
    turns: [[{text: 'Waiting.'}, {shell: 'perl -e "sleep 60"'}]],
    stopAt: 'tool_use',
  },
]

const GONE = '01a202c3-2f29-72f2-ac60-e8d4a18cb2ad'
const LIMIT_MS = 120_000

async function record(name: RealAgentName): Promise<void> {
  const agent: RealAgent = REAL_AGENTS[name]
  const model = await agent.startModel()
  const home = await tempFolder()
  const folder = join('test', 'golden', 'conformance', name)
  await mkdir(folder, {recursive: true})
  await mkdir(join(home, 'work'), {recursive: true})
  await mkdir(join(home, 'tmp'))
  await prepareHome(agent, model.url, home)
  let session: string | undefined
  for (const one of CASES) {
    const run = await recordCase(agent, one, {model, home, session})
    session ??= run.session
    const text = run.lines
      .join('\n')
      .replaceAll(home, '/home')
      .replaceAll(homedir(), '/home')
      .replaceAll(model.url, 'http://model')
    await writeFile(join(folder, `${one.name}.ndjson`), `${text}\n`)
    process.stderr.write(`${name} ${one.name}: ${run.lines.length} lines\n`)
  }
  await model.close()
  await rm(home, {recursive: true, force: true})
}

interface Bench {
  model: AnyModel
  home: string
  session: string | undefined
}

async function recordCase(agent: RealAgent, one: Case, {model, home, session}: Bench) {
  const adapter = adapterOf(agent.type)
  const taskId = `record-${process.pid}-${one.name}`
  const resume = one.resume === 'work' ? session : one.resume === 'none' ? GONE : undefined
  const run: AgentRun = {
    prompt: 'Do it',
    cwd: join(home, 'work'),
    settings: await settingsOf(agent, model.url),
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      MULTICA_TASK_ID: taskId,
      ...agent.env(model.url),
    },
    permissions: one.answer ? 'ask' : 'bypass',
    questions: false,
    ask: async () => one.answer ?? {outcome: 'allow'},
    ...(resume && {resumeSessionId: resume}),
  }
  model.play(...one.turns)
  const program = await startAgent(adapter.launch(run), run)
  const lines: string[] = []
  const io = tee(program.io, lines)
  let found: string | undefined
  let isOver = false
  const told = (async () => {
    for await (const event of adapter.events(io, run)) {
      if (event.type === 'session') found = event.sessionId
      if (event.type === 'result') isOver = true
      if (event.type === one.stopAt) void sleep(500).then(() => adapter.interrupt?.(io))
    }
    isOver = true
  })()
  for (const began = Date.now(); !isOver && Date.now() - began < LIMIT_MS; ) {
    await sleep(100)
    if (one.stopAt && !adapter.interrupt && lines.some((line) => line.includes('sleep 60'))) break
  }
  await sleep(1500)
  await stopTree(
    {pid: program.pid, start: program.start, taskId},
    {firstSignal: adapter.stopSignal ?? 'SIGTERM', graceMs: 10_000},
  )
  program.closePipes()
  await told
  const exit = await io.exited
  lines.push(JSON.stringify({exit, stderr: io.stderrTail().slice(-500)}))
  return {lines, session: found}
}

function tee(io: AgentIo, lines: string[]): AgentIo {
  const lineOf = (dir: 'in' | 'out', text: string) => JSON.stringify({[dir]: shrink(text)})
  return {
    ...io,
    stdout: (async function* () {
      for await (const line of io.stdout) {
        lines.push(lineOf('out', line))
        yield line
      }
    })(),
    write: (text) => {
      lines.push(lineOf('in', text.trimEnd()))
      return io.write(text)
    },
  }
}

/** Lists that editors show in menus are long. */
const LONG =
  /^(availableCommands|availableModels|options|tools|slash_commands|skills|agents|plugins|mcp_servers|commands|models)$/

function shrink(line: string): unknown {
  try {
    return JSON.parse(line, (key, value) =>
      LONG.test(key) && Array.isArray(value) ? value.slice(0, 4) : value,
    )
  } catch {
    return line
  }
}

const wanted = process.argv.slice(2) as RealAgentName[]
for (const name of wanted.length > 0 ? wanted : (Object.keys(REAL_AGENTS) as RealAgentName[])) {
  await record(name)
}
