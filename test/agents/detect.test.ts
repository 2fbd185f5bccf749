import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {chmod, mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {promisify} from 'node:util'
import {ADAPTERS} from '../../src/agents/adapters.js'
import {type DetectOptions, detectAgents, findProgram} from '../../src/agents/detect.js'
import {listProcesses} from '../../src/process-tree/process-table.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

let folder = ''
before(async () => {
  folder = await tempFolder()
})
after(() => rm(folder, {recursive: true, force: true}))

let count = 0
/** A folder of programs, each a shell script. */
async function programs(scripts: Record<string, string>): Promise<string> {
  const bin = join(folder, `bin-${++count}`)
  await mkdir(bin)
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

const detect = (bin: string, options: Partial<DetectOptions> = {}) =>
  detectAgents({agentsFile: {}, env: {PATH: `${bin}:/usr/bin:/bin`}, ...options})

test('a program of an adapter on the PATH is found with its version', async () => {
  const bin = await programs({claude: 'echo; echo "2.1.197 (Claude Code)"'})
  const {agents, problems} = await detect(bin)
  const path = join(bin, 'claude')
  assert.deepEqual(agents, [
    {
      provider: 'claude',
      settings: {type: 'claude', command: [path]},
      version: '2.1.197 (Claude Code)',
      path,
    },
  ])
  assert.deepEqual(problems, [])
})

test('an agent behind a link survives an upgrade that removes the folder it led to (fault D8)', async () => {
  const [one, two] = [
    await programs({claude: 'echo 1.0.0'}),
    await programs({claude: 'echo 2.0.0'}),
  ]
  const bin = await programs({})
  await symlink(join(one, 'claude'), join(bin, 'claude'))
  const [before] = (await detect(bin)).agents
  assert.deepEqual(before?.settings.command, [join(bin, 'claude')])
  await rm(join(bin, 'claude'))
  await symlink(join(two, 'claude'), join(bin, 'claude'))
  await rm(one, {recursive: true})
  const {stdout} = await promisify(execFile)(String(before?.settings.command?.[0]))
  assert.equal(stdout.trim(), '2.0.0')
})

test('a Codex without an app server is run through exec', async () => {
  const old = 'test "$1" = --version && echo "codex-cli 0.1.0" && exit; echo "no $1" >&2; exit 2'
  const bin = await programs({codex: old})
  const path = join(bin, 'codex')
  const entry = {type: 'codex', command: [path], model: 'm'}
  const {agents, problems} = await detect(bin, {agentsFile: {mine: entry}})
  assert.deepEqual(
    agents.map(({provider, settings}) => [provider, settings]),
    [
      ['codex', {type: 'codex-exec', command: [path]}],
      ['mine', {type: 'codex-exec', command: [path], model: 'm'}],
    ],
  )
  assert.deepEqual(problems, [])
  const today = await programs({codex: 'echo "codex-cli 0.169.0"'})
  assert.equal((await detect(today)).agents[0]?.settings.type, 'codex')
})

test('nothing on the PATH is no problem, and what cannot be run is not found', async () => {
  const bin = await programs({})
  await writeFile(join(bin, 'claude'), 'text')
  await mkdir(join(bin, 'tool'))
  const env = {PATH: bin}
  assert.deepEqual(await detectAgents({agentsFile: {}, env}), {agents: [], problems: []})
  assert.equal(await findProgram('tool', env), undefined)
  assert.equal(await findProgram('sh', {PATH: `:${bin}:/nowhere:/bin`}), '/bin/sh')
  assert.equal(await findProgram('sh', {}), undefined)
})

test('path and model of the user come before the PATH', async () => {
  const bin = await programs({claude: 'echo 1.0.0', other: 'echo 9.9.9'})
  const path = join(bin, 'other')
  const {agents} = await detect(bin, {overrides: {claude: {path, model: 'opus'}}})
  assert.deepEqual(agents[0]?.settings, {type: 'claude', command: [path], model: 'opus'})
  assert.equal(agents[0]?.version, '9.9.9')
  const missing = await detect(bin, {overrides: {claude: {path: '/nowhere/claude'}}})
  assert.deepEqual(missing.problems, ['claude executable not found at "/nowhere/claude"'])
})

test('entries of agents.json are found, replace a program of that name, or say what is wrong', async () => {
  const bin = await programs({claude: 'echo 1.2.3', report: 'exit 9'})
  const entry = (type: string, program: string) => ({type, command: [program, '--x']})
  const {agents, problems} = await detect(bin, {
    agentsFile: {
      claude: entry('claude', join(bin, 'claude')),
      report: entry('command', 'report'),
      gone: entry('command', 'not-there'),
      odd: entry('telepathy', 'report'),
      empty: {type: 'command', command: []},
    },
  })
  assert.deepEqual(
    agents.map(({provider, version, path, settings}) => [
      provider,
      version,
      path,
      settings.command,
    ]),
    [
      ['claude', '1.2.3', join(bin, 'claude'), [join(bin, 'claude'), '--x']],
      ['report', '', join(bin, 'report'), ['report', '--x']],
    ],
  )
  assert.deepEqual(problems, [
    'agent "gone" of agents.json: not-there is not an executable program',
    `agent "odd" of agents.json: unknown type "telepathy" (supported: ${ADAPTERS.map(({type}) => type).join(', ')})`,
    'agent "empty" of agents.json: it names no program in "command"',
  ])
})

test('a probe that hangs is ended with all that it started, and stops no other (fault B23)', async () => {
  const mark = `97${process.pid}`
  const bin = await programs({
    claude: `trap '' TERM; sleep ${mark}.1 & sleep ${mark}.2; sleep ${mark}.3`,
    good: 'echo 1.0.0',
  })
  const {agents, problems} = await detect(bin, {
    probeLimitMs: 300,
    agentsFile: {good: {type: 'claude', command: ['good']}},
  })
  assert.deepEqual(
    agents.map(({provider, version}) => [provider, version]),
    [['good', '1.0.0']],
  )
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /claude --version failed: no answer within 0.3 s/)
  const children = async () => {
    const table = await listProcesses()
    const own = new Set([process.pid])
    for (const {pid, parent} of table.sort((a, b) => a.pid - b.pid))
      if (own.has(parent)) own.add(pid)
    return own.size === 1
  }
  await until('nothing of the probe is left', children)
})

test('a probe that fails or says rubbish has its reason or its words', async () => {
  const failing = await detect(await programs({claude: 'echo "bad cpu" >&2; exit 7'}))
  assert.deepEqual(failing.agents, [])
  assert.match(failing.problems[0] ?? '', /claude --version failed: exit code 7: bad cpu$/)
  const rubbish = await detect(await programs({claude: 'printf "\\n\\033[31m  hello \\n"'}))
  assert.equal(rubbish.agents[0]?.version, 'hello')
  const silent = await detect(await programs({claude: 'exit 0'}))
  assert.equal(silent.agents[0]?.version, '')
  const endless = await detect(await programs({claude: 'yes 1.2.3'}), {probeLimitMs: 5000})
  assert.equal(endless.agents.length, 0)
  assert.match(endless.problems[0] ?? '', /claude --version/)
})

test('a probe of what the system cannot start is a problem (fault G6)', async () => {
  const bin = await programs({})
  await writeFile(join(bin, 'claude'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]))
  await chmod(join(bin, 'claude'), 0o755)
  const {agents, problems} = await detect(bin)
  assert.deepEqual(agents, [])
  assert.match(problems[0] ?? '', /claude --version failed/)
})

test('agents that speak ACP are found by their programs, and others of the same name are not', async () => {
  const bin = await programs({
    gemini: 'echo 0.61.0',
    'codex-acp': 'echo "error: unexpected argument" >&2; exit 2',
    goose: 'test "$1" = --version && echo "goose v3 migrates databases" && exit; exit 1',
  })
  const {agents, problems} = await detect(bin)
  assert.deepEqual(
    agents.map(({provider, version, settings}) => [provider, version, settings]),
    [
      ['gemini', '0.61.0', {type: 'acp', command: [join(bin, 'gemini')]}],
      ['codex-acp', '', {type: 'acp', command: [join(bin, 'codex-acp')]}],
    ],
  )
  assert.deepEqual(problems, [])
  const right = await programs({goose: 'echo 1.9.0'})
  assert.equal((await detect(right)).agents[0]?.provider, 'goose')
})

test('an entry may say which known agent its program is', async () => {
  const bin = await programs({run: 'echo 1.0.0', mine: 'echo 2.0.0'})
  const path = join(bin, 'mine')
  const {agents, problems} = await detect(bin, {
    overrides: {gemini: {path}},
    agentsFile: {
      wrapped: {type: 'acp', command: ['run'], preset: 'opencode'},
      wrong: {type: 'acp', command: ['run'], preset: 'telepath'},
    },
  })
  assert.deepEqual(
    agents.map(({settings}) => settings),
    [
      {type: 'acp', command: [path], preset: 'gemini'},
      {type: 'acp', command: ['run'], preset: 'opencode'},
    ],
  )
  assert.deepEqual(problems, ['agent "wrong" of agents.json: unknown preset "telepath"'])
})
