import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {summariseCall} from '../../src/cli/transcript/summarise-call.js'
import {formatBytes, formatCost, formatElapsed} from '../../src/cli/units.js'

describe('summariseCall', () => {
  it('says what a call is about', () => {
    const cases: [Record<string, unknown> | undefined, string][] = [
      [{file_path: '/a/b/c/d.ts', content: 'x'}, '.../c/d.ts'],
      [{path: 'src/a.ts'}, 'src/a.ts'],
      [{pattern: 'TODO', path: ''}, 'TODO'],
      [{command: 'npm\n test'}, 'npm test'],
      [{command: ['git', 'log'], workdir: '/'}, 'git log'],
      [{description: 'Run tests', command: 'npm test'}, 'Run tests (npm test)'],
      [{url: 'https://example.com'}, 'https://example.com'],
      [{timeout: 5, nested: {}}, 'timeout: 5'],
      [{nested: {}}, ''],
      [undefined, ''],
    ]
    for (const [input, summary] of cases) assert.equal(summariseCall(input), summary)
    assert.equal([...summariseCall({command: '🦊'.repeat(200)})].length, 50)
  })
})

describe('units', () => {
  it('are short and never misleading', () => {
    assert.deepEqual([0, 1023, 1024, 2150, 1_048_575, 10_485_760].map(formatBytes), [
      '0 B',
      '1023 B',
      '1 KiB',
      '2.1 KiB',
      '1 MiB',
      '10 MiB',
    ])
    assert.deepEqual([-5, 400, 9960, 59_600, 187_000, 3_720_000].map(formatElapsed), [
      '0.0s',
      '0.4s',
      '10s',
      '1m 0s',
      '3m 7s',
      '1h 2m',
    ])
    assert.deepEqual([0, 0.0312, 12.5].map(formatCost), ['$0.0000', '$0.0312', '$12.50'])
  })
})
