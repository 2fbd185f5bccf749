import assert from 'node:assert/strict'
import {appendFile, mkdir, rm, utimes, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {beforeEach, describe, test} from 'node:test'
import {agentLogs} from '../../src/usage/agent-logs.js'
import {MAX_LINE_BYTES} from '../../src/usage/log-lines.js'
import {LogScanner} from '../../src/usage/log-scanner.js'
import {tempFolder} from '../support/temp-folder.js'

const SINCE = '2026-11-01'

describe('daily totals from the logs of agents', () => {
  let home: string
  let scanners: LogScanner[]
  const put = async (path: string, lines: readonly (object | string)[]) => {
    await mkdir(dirname(join(home, path)), {recursive: true})
    await writeFile(join(home, path), text(lines))
  }
  const text = (lines: readonly (object | string)[]) =>
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  const scan = async () => {
    const found = []
    for (const scanner of scanners) {
      found.push(...((await scanner.scan(SINCE, new AbortController().signal)) ?? []))
    }
    return found.map((entry) => [
      entry.date,
      entry.model,
      entry.input_tokens,
      entry.output_tokens,
      entry.cache_read_tokens,
      entry.cache_write_tokens,
    ])
  }
  const agents = (...types: string[]) =>
    types.map((type) => ({provider: type, settings: {type, command: [type]}}))
  beforeEach(async () => {
    home = await tempFolder()
    scanners = agentLogs(agents('claude', 'codex'), {HOME: home}).map(
      (logs) => new LogScanner(logs),
    )
  })

  const answer = (id: string, output: number, more: object = {}) => ({
    type: 'assistant',
    timestamp: '2026-11-22T09:52:40.820Z',
    requestId: `req-${id}`,
    message: {
      id,
      model: 'claude-opus',
      usage: {
        input_tokens: 3,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 7,
        output_tokens: output,
      },
    },
    ...more,
  })
  const session = '.claude/projects/-work/s.jsonl'

  test('an answer of Claude counts once, as its last line says it, also across files (fault N2)', async () => {
    await put(session, [answer('a', 1), answer('a', 20), answer('b', 4), {type: 'user', usage: 1}])
    await put('.claude/projects/-work/resumed.jsonl', [answer('b', 4), answer('c', 6)])
    assert.deepEqual(await scan(), [['2026-11-22', 'claude-opus', 9, 30, 21, 15]])
  })

  test('deeper folders are read, days and models are kept apart, an unknown model is named so (fault N4)', async () => {
    await put('.config/claude/projects/-w/s/subagents/x.jsonl', [
      answer('a', 1, {timestamp: '2026-11-23T23:59:59.000+00:00'}),
      answer('b', 1, {message: {id: 'b', usage: {input_tokens: 2, output_tokens: 2}}}),
      answer('c', 1, {timestamp: '2026-10-30T00:00:00Z'}),
    ])
    assert.deepEqual(await scan(), [
      ['2026-11-22', 'unknown', 2, 2, 0, 0],
      ['2026-11-23', 'claude-opus', 3, 1, 7, 5],
    ])
  })

  test('a log that cannot be read hides no other', async () => {
    await put('.claude/projects/a/bad.jsonl', ['broken'])
    await put('.claude/projects/b/good.jsonl', [answer('x', 7)])
    const [logs] = agentLogs(agents('claude'), {HOME: home})
    assert.ok(logs)
    const createReader = () => {
      const reader = logs.createReader()
      return {
        read: (line: string) => {
          if (line === 'broken') throw new Error('a disk that fails')
          return reader.read(line)
        },
      }
    }
    const unreadable: string[] = []
    const onUnreadable = (path: string) => unreadable.push(path)
    scanners = [new LogScanner({...logs, createReader, onUnreadable})]
    assert.equal((await scan())[0]?.[3], 7)
    assert.deepEqual(unreadable, [join(home, '.claude/projects/a/bad.jsonl')])
  })

  test('a line that is too long is skipped, and not what follows it', async () => {
    const long = JSON.stringify(answer('long', 9, {pad: 'x'.repeat(MAX_LINE_BYTES)}))
    await put(session, [answer('a', 1), long, 'no JSON "usage"', answer('b', 2)])
    assert.deepEqual(await scan(), [['2026-11-22', 'claude-opus', 6, 3, 14, 10]])
  })

  test('nothing is read and nothing told while no log changes; what is added is', async () => {
    await put(session, [answer('a', 1)])
    assert.equal((await scan()).length, 1)
    assert.deepEqual(await scan(), [])
    const half = JSON.stringify(answer('b', 2))
    await appendFile(join(home, session), half.slice(0, 50))
    assert.deepEqual(await scan(), [['2026-11-22', 'claude-opus', 3, 1, 7, 5]])
    await appendFile(join(home, session), `${half.slice(50)}\n`)
    assert.deepEqual(await scan(), [['2026-11-22', 'claude-opus', 6, 3, 14, 10]])
    await put(session, [answer('z', 9)])
    assert.deepEqual(await scan(), [['2026-11-22', 'claude-opus', 3, 9, 7, 5]])
  })

  test('logs that are older than the days that are wanted are left alone', async () => {
    await put(session, [answer('a', 1)])
    const old = new Date('2026-10-01')
    await utimes(join(home, session), old, old)
    assert.deepEqual(await scan(), [])
  })

  const total = (
    input: number,
    output: number,
    last: number,
    timestamp = '2026-11-22T10:00:00Z',
  ) => ({
    timestamp,
    type: 'event_msg',
    payload: {
      type: 'token_count',
      info: {
        total_token_usage: {
          input_tokens: input,
          cached_input_tokens: 20,
          output_tokens: output,
          reasoning_output_tokens: output,
        },
        last_token_usage: {
          input_tokens: last,
          cached_input_tokens: 20,
          output_tokens: output,
          reasoning_output_tokens: output,
        },
      },
    },
  })

  test('sums of Codex count by what they grow, cached input and reasoning once (faults N3, N8)', async () => {
    await put('.codex/sessions/2026/11/22/rollout-1.jsonl', [
      {timestamp: '', type: 'session_meta', payload: {id: 't'}},
      {timestamp: '', type: 'turn_context', payload: {model: 'gpt-5.5'}},
      // A thread that was forked brings the sums of its past along.
      total(1100, 10, 100),
      total(1100, 10, 100),
      total(1300, 15, 200, '2026-11-23T10:00:00Z'),
    ])
    assert.deepEqual(await scan(), [
      ['2026-11-22', 'gpt-5.5', 80, 10, 20, 0],
      ['2026-11-23', 'gpt-5.5', 200, 5, 0, 0],
    ])
  })

  test('a folder that two agents share counts for the first one only, and each may have its own', async () => {
    const [first, second, ...others] = agentLogs(
      [
        ...agents('claude', 'claude'),
        {
          provider: 'work',
          settings: {type: 'claude', command: ['claude'], env: {CLAUDE_CONFIG_DIR: '/jobs'}},
        },
      ],
      {HOME: home},
    )
    assert.equal(first?.roots.length, 2)
    assert.deepEqual([second?.provider, second?.roots], ['work', ['/jobs/projects']])
    assert.equal(others.length, 0)
    await rm(home, {recursive: true})
  })
})
