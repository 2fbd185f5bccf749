import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {formatOutcome, type Outcome} from '../../../src/cli/transcript/outcome.js'
import {createJsonView, createRawView} from '../../../src/cli/transcript/tail-view.js'
import type {TaskEndEvent} from '../../../src/protocol/events.js'
import type {StoredTaskMessage} from '../../../src/protocol/task-message.js'

const stored = (seq: number, message: Partial<StoredTaskMessage>): StoredTaskMessage => ({
  task_id: 't',
  issue_id: null,
  seq,
  type: 'text',
  ...message,
})

const outcome = (end: Partial<TaskEndEvent>): Outcome => ({
  end: {
    task_id: 't',
    status: 'completed',
    last_seq: 9,
    end_reason: 'completed',
    error: null,
    result: null,
    usage: null,
    diff: null,
    sealed: true,
    ...end,
  },
  startedAt: '2026-11-23T10:00:00.000Z',
  completedAt: '2026-11-23T10:01:12.000Z',
  toolCalls: 1234,
})

describe('formatOutcome', () => {
  it('tells tokens and cost, and what is not reported', () => {
    const usage = {
      model: 'm',
      input_tokens: 12_345,
      output_tokens: 0,
      cache_read_tokens: null,
      cache_write_tokens: null,
      cost_usd: 0.03125,
    }
    assert.equal(
      formatOutcome(outcome({usage}), false),
      '\n✓ completed in 1m 12s · 1,234 tool calls · tokens: 12,345 in, 0 out · $0.0313\n',
    )
    const unknown = {...usage, input_tokens: null, output_tokens: null, cost_usd: null}
    assert.match(
      formatOutcome(outcome({usage: unknown}), false),
      /tokens not reported · cost not reported/,
    )
  })

  it('tells why a run has failed', () => {
    const failed = outcome({status: 'failed', end_reason: 'worker_lost', error: 'no\x1b[2J disk'})
    assert.equal(
      formatOutcome({...failed, toolCalls: undefined}, false),
      '\n✗ failed in 1m 12s (worker lost) · usage not reported\n  no disk\n',
    )
  })

  it('tells that nobody has confirmed a cancel', () => {
    const open = outcome({status: 'cancelled', end_reason: 'cancelled', sealed: false})
    assert.match(formatOutcome(open, false), /cancelled .*nobody has confirmed/)
    const closed = outcome({status: 'cancelled', end_reason: 'cancelled'})
    assert.doesNotMatch(formatOutcome(closed, false), /confirmed/)
  })
})

describe('createJsonView', () => {
  it('gives every message as it is, and the result last', () => {
    const view = createJsonView()
    const message = stored(1, {
      type: 'odd',
      content: '\x1b[2J',
      extra: 1,
    } as Partial<StoredTaskMessage>)
    assert.deepEqual(JSON.parse(view.message(message)), message)
    const last = JSON.parse(view.end(outcome({status: 'cancelled'})))
    assert.deepEqual(
      [last.type, last.status, last.exit_code, last.last_seq],
      ['result', 'cancelled', 3, 9],
    )
  })
})

describe('createRawView', () => {
  const messages = [
    stored(1, {content: 'Hel', block: 1}),
    stored(2, {content: 'lo\x1b[31m', block: 1}),
    stored(3, {type: 'tool_use', tool: 'Bash', call_id: 'a'}),
    stored(4, {content: 'sub', block: 2, parent_call_id: 'a'}),
    stored(5, {content: 'World\n', block: 3}),
  ]
  const show = (terminal: boolean) => {
    const view = createRawView({terminal})
    return messages.map((message) => view.message(message)).join('') + view.leave()
  }

  it("gives the agent's own text and nothing else", () => {
    assert.equal(show(false), 'Hello\x1b[31m\nWorld\n')
  })

  it('lets no terminal obey it', () => {
    assert.equal(show(true), 'Hello\nWorld\n')
  })
})
