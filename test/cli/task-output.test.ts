import assert from 'node:assert/strict'
import {test} from 'node:test'
import {formatTasks} from '../../src/cli/task-output.js'
import type {Task} from '../../src/protocol/task.js'

const task = (usage: object | null): Task =>
  ({
    id: 'id',
    status: 'completed',
    open_requests: 0,
    agent_name: 'Ada',
    issue_identifier: 'LOC-1',
    issue_title: 'Title',
    created_at: '2026-01-01T00:00:00.000Z',
    started_at: null,
    completed_at: null,
    usage,
  }) as unknown as Task

test('the list of runs has costs, and nothing where none are reported', () => {
  const [head = '', known = '', estimated = '', unknown = '', none = ''] = formatTasks(
    [
      task({cost_usd: 0.31, estimated: false}),
      task({cost_usd: 0.31, estimated: true}),
      task({cost_usd: null}),
      task(null),
    ],
    0,
  ).split('\n')
  const at = head.indexOf('COST')
  const costOf = (line: string) => line.slice(at).replace(/\s*Title$/, '')
  assert.equal(costOf(known), '$0.3100')
  assert.equal(costOf(estimated), '≈ $0.3100')
  assert.deepEqual([costOf(unknown), costOf(none)], ['', ''])
})
