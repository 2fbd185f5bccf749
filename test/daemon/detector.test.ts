import assert from 'node:assert/strict'
import {chmod, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {AgentCatalog} from '../../src/daemon/agent-catalog.js'
import {createDetector, readOverrides} from '../../src/daemon/detector.js'
import {silentLog} from '../../src/log.js'
import {tempFolder} from '../support/temp-folder.js'

const signal = new AbortController().signal

async function program(folder: string, name: string, version: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\necho ${version}\n`)
  await chmod(join(folder, name), 0o755)
}

test('paths and models are read from the environment', () => {
  const env = {
    MULTICA_CLAUDE_PATH: '/x/claude',
    MULTICA_CLAUDE_MODEL: ' m ',
    MULTICA_CODEX_MODEL: 'n',
    MULTICA_CURSOR_AGENT_PATH: '/x/cursor',
    MULTICA_HOME: '/h',
  }
  assert.deepEqual(readOverrides(env), {
    claude: {path: '/x/claude', model: 'm'},
    codex: {path: undefined, model: 'n'},
    'cursor-agent': {path: '/x/cursor', model: undefined},
  })
})

test('an agent that is installed later is added, and a changed one is registered anew', async () => {
  const home = await tempFolder()
  const path = `${home}:/usr/bin:/bin`
  const catalog = new AgentCatalog({
    detect: createDetector({MULTICA_HOME: home}, path),
    extra: {demo: {type: 'command', command: ['true']}},
    log: silentLog,
  })
  assert.equal(await catalog.refresh(signal), true)
  assert.deepEqual(
    catalog.list().map(({provider}) => provider),
    ['demo'],
  )
  assert.equal(await catalog.refresh(signal), false)
  await program(home, 'claude', '2.1.0')
  assert.equal(await catalog.refresh(signal), true)
  assert.equal(catalog.find('claude')?.version, '2.1.0')
  await program(home, 'claude', '2.2.0')
  assert.equal(await catalog.refresh(signal), true)
  const entry = {type: 'command', command: ['true']}
  await writeFile(
    join(home, 'agents.json'),
    JSON.stringify({report: entry, bad: {...entry, type: 'x'}}),
  )
  assert.equal(await catalog.refresh(signal), true)
  assert.deepEqual(catalog.find('report')?.settings.command, ['true'])
  assert.match(catalog.problems.join(), /agent "bad" of agents\.json: unknown type "x"/)
})
