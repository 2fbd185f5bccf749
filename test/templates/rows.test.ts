import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import type {NewTaskMessage, StoredTaskMessage} from '../../src/protocol/task-message.js'
import {buildRows, type Row, type ToolRow} from '../../templates/state/rows.js'

const number = (messages: NewTaskMessage[]): StoredTaskMessage[] =>
  messages.map((message, index) => ({...message, seq: index + 1, task_id: 't', issue_id: null}))
const build = (...messages: NewTaskMessage[]): Row[] => buildRows(number(messages)).rows
const words = (row: Row | undefined): string => (row && 'text' in row ? row.text : '')
const tool = (row: Row | undefined): ToolRow => {
  assert.equal(row?.kind, 'tool')
  return row as ToolRow
}

describe('rows', () => {
  it('joins the chunks of a block, also around other messages', () => {
    const rows = build(
      {type: 'text', block: 1, content: 'one '},
      {type: 'tool_use', tool: 'Bash', call_id: 'c'},
      {type: 'text', block: 1, content: 'text'},
      {type: 'text', block: 2, content: 'another'},
    )
    assert.deepEqual(
      rows.map((row) => [row.kind, words(row)]),
      [
        ['text', 'one text'],
        ['tool', ''],
        ['text', 'another'],
      ],
    )
  })

  it('joins neighbours of one kind where there are no blocks', () => {
    const rows = build(
      {type: 'text', content: 'half a '},
      {type: 'text', content: 'sentence'},
      {type: 'thinking', content: 'hm'},
      {type: 'text', content: 'new'},
    )
    assert.deepEqual(rows.map(words), ['half a sentence', 'hm', 'new'])
  })

  it('pairs results by call id, whatever their order', () => {
    const rows = build(
      {type: 'tool_use', tool: 'Read', call_id: 'a'},
      {type: 'tool_use', tool: 'Read', call_id: 'b'},
      {type: 'tool_result', call_id: 'b', output: 'of b'},
      {type: 'tool_result', call_id: 'a', output: 'of a', is_error: true},
    )
    assert.equal(tool(rows[0]).outcome?.output, 'of a')
    assert.equal(tool(rows[0]).outcome?.isError, true)
    assert.equal(tool(rows[1]).outcome?.output, 'of b')
  })

  it('pairs by name and order where there is no call id', () => {
    const rows = build(
      {type: 'tool_use', tool: 'Bash'},
      {type: 'tool_use', tool: 'Read'},
      {type: 'tool_result', tool: 'Bash', output: 'of Bash'},
    )
    assert.equal(tool(rows[0]).outcome?.output, 'of Bash')
    assert.equal(tool(rows[1]).outcome, undefined)
  })

  it('puts the messages of a sub-agent under its call and draws the call again', () => {
    const rows = build(
      {type: 'tool_use', tool: 'Task', call_id: 'p'},
      {type: 'tool_use', tool: 'Grep', call_id: 'c', parent_call_id: 'p'},
      {type: 'tool_result', call_id: 'c', parent_call_id: 'p', output: 'found'},
      {type: 'text', block: 4, parent_call_id: 'p', content: 'report'},
    )
    assert.equal(rows.length, 1)
    const parent = tool(rows[0])
    assert.deepEqual(
      parent.children.map(({kind}) => kind),
      ['tool', 'text'],
    )
    assert.equal(parent.rev, 4)
    assert.equal(tool(parent.children[0]).outcome?.output, 'found')
  })

  it('drops nothing: unknown kinds, results of earlier calls, and children of unknown calls are shown', () => {
    const rows = build(
      {type: 'plan', content: undefined, input: {steps: 2}},
      {type: 'tool_result', call_id: 'before', output: 'late'},
      {type: 'text', block: 1, parent_call_id: 'gone', content: 'orphan'},
    )
    assert.equal(rows.length, 3)
    assert.match(words(rows[0]), /"steps":2/)
    assert.equal(words(rows[1]), 'late')
    assert.equal(words(rows[2]), 'orphan')
  })

  it('keeps the keys of rows while messages are added', () => {
    const messages = number([
      {type: 'text', block: 1, content: 'a'},
      {type: 'tool_use', tool: 'Bash', call_id: 'c'},
      {type: 'tool_result', call_id: 'c', output: 'x'},
      {type: 'text', block: 1, content: 'b'},
    ])
    const keys = (count: number) => buildRows(messages.slice(0, count)).rows.map(({key}) => key)
    assert.deepEqual(keys(4), keys(2))
  })

  it('joins a hundred thousand chunks', () => {
    const chunk: NewTaskMessage = {type: 'text', block: 1, content: 'x'.repeat(20)}
    const messages = number(Array.from({length: 100_000}, () => chunk))
    const {rows} = buildRows(messages)
    assert.equal(words(rows[0]).length, 2_000_000)
  })
})
