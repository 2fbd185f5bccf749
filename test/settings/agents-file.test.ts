import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {parseAgentsFile, readAgentsFile} from '../../src/settings/agents-file.js'
import {tempFolder} from '../support/temp-folder.js'

const place = {
  path: '/h/.multica/agents.json',
  userHome: '/h',
  exists: (path: string) => path === '/h/.multica/report.mjs',
}
const commandOf = (command: string[]) =>
  parseAgentsFile(JSON.stringify({a: {type: 'command', command}}), place).a?.command

test('an agent finds its program from any folder', () => {
  const cases: [string[], string[]][] = [
    [
      ['node', 'report.mjs'],
      ['node', '/h/.multica/report.mjs'],
    ],
    [
      ['node', 'other.mjs'],
      ['node', 'other.mjs'],
    ],
    [['report.mjs'], ['report.mjs']],
    [
      ['./run', '../x', '-v'],
      ['/h/.multica/run', '/h/x', '-v'],
    ],
    [['tools/run'], ['/h/.multica/tools/run']],
    [
      ['~/bin/run', '~/x'],
      ['/h/bin/run', '/h/x'],
    ],
    [['/usr/bin/env'], ['/usr/bin/env']],
  ]
  for (const [given, expected] of cases) assert.deepEqual(commandOf(given), expected)
})

test('an entry keeps its model, arguments and environment', () => {
  const entry = {type: 'claude', command: ['claude'], model: 'm', args: ['-x'], env: {A: '1'}}
  assert.deepEqual(parseAgentsFile(JSON.stringify({mine: entry}), place), {mine: entry})
})

test('a wrong entry is named with its file', () => {
  const cases: [string, RegExp][] = [
    ['{', /agents\.json is no valid JSON/],
    ['[]', /agents\.json: /],
    ['{"a": {"type": "command"}}', /agents\.json: agent "a", command: /],
    ['{"a": {"type": "command", "command": []}}', /agent "a", command: /],
    ['{"a": {"type": "command", "command": ["x"], "modle": "y"}}', /agent "a".*modle/],
    ['{"A b": {"type": "command", "command": ["x"]}}', /agent "A b": a name has/],
    ['{"a": {"type": "command", "command": ["x"], "env": {"N": 1}}}', /agent "a", env\.N: /],
  ]
  for (const [text, message] of cases) assert.throws(() => parseAgentsFile(text, place), message)
})

test('a missing file is empty and a present one is read', async () => {
  const home = await tempFolder()
  assert.deepEqual(readAgentsFile({MULTICA_HOME: home}), {})
  await writeFile(join(home, 'agents.json'), '{"r": {"type": "command", "command": ["true"]}}')
  assert.deepEqual(readAgentsFile({MULTICA_HOME: home}), {r: {type: 'command', command: ['true']}})
})
