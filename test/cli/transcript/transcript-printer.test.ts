import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {
  type PrinterOptions,
  TranscriptPrinter,
} from '../../../src/cli/transcript/transcript-printer.js'
import type {NewTaskMessage} from '../../../src/protocol/task-message.js'
import fc from '../../support/properties.js'

const PIPE: PrinterOptions = {agent: 'claude', colour: false, timestamps: false, wholeLines: true}

function print(messages: NewTaskMessage[], options: Partial<PrinterOptions> = {}): string {
  const printer = new TranscriptPrinter({...PIPE, ...options})
  const at = '2026-11-23T10:00:00.000Z'
  const lines = messages.map((message, index) => printer.message({seq: index + 1, at, ...message}))
  return lines.join('') + printer.close()
}

const text = (content: string, block = 1, parent?: string): NewTaskMessage => ({
  type: 'text',
  content,
  block,
  parent_call_id: parent,
})
const call = (id: string, tool: string, input: Record<string, unknown>, parent?: string) => ({
  type: 'tool_use',
  call_id: id,
  tool,
  input,
  parent_call_id: parent,
})
const result = (id: string, output: string, more: Partial<NewTaskMessage> = {}) => ({
  type: 'tool_result',
  call_id: id,
  output,
  ...more,
})

describe('TranscriptPrinter', () => {
  it('prints a run that people can read', () => {
    const run = [
      {type: 'status', content: 'session started'},
      {type: 'thinking', block: 1, content: 'The user wants '},
      {type: 'thinking', block: 1, content: 'a fix.\nLook first.'},
      text('I look ', 2),
      text('around.\n\n- one\n- two\n\n', 2),
      call('a', 'Bash', {command: 'ls', description: 'List'}),
      result('a', '1\n2\n3\n4\n5\n6\n7\n'),
      call('b', 'Read', {file_path: '/home/me/project/src/table.ts'}),
      call('c', 'Grep', {pattern: 'TODO'}),
      result('b', 'File does not exist.', {is_error: true}),
      result('c', ''),
      {type: 'error', content: 'overloaded\ntrying again'},
      {type: 'plan', input: {steps: 2}},
      text('# Done', 3),
    ]
    assert.equal(
      print(run),
      `· session started
~ thinking: The user wants a fix. …

claude: I look around.

- one
- two

▸ Bash  List (ls)
  │ 1
  │ 2
  │ 3
  │ 4
  │ 5
  … 2 more lines (14 B)
▸ Read  .../src/table.ts
▸ Grep  TODO
◂ Read  .../src/table.ts
  ✗ File does not exist.
◂ Grep  TODO
  │ (no output)
✗ overloaded
  trying again
[plan] {"input":{"steps":2}}

claude:
# Done
`,
    )
  })

  it('indents sub-agents under the call that started them, and names them', () => {
    const run = [
      call('a', 'Task', {subagent_type: 'Explore', description: 'Explore the tests'}),
      text('Looking\nhere\n', 1, 'a'),
      call('b', 'Bash', {command: 'npm test'}, 'a'),
      result('b', 'ok', {parent_call_id: 'a'}),
      result('a', 'found'),
    ]
    assert.equal(
      print(run, {timestamps: true}).replaceAll(/\d\d:00:00/g, 'hh:00:00'),
      `hh:00:00 ▸ Task  Explore the tests

hh:00:00   Explore: Looking
           here

hh:00:00   ▸ Bash  npm test
             │ ok
hh:00:00 ◂ Task  Explore the tests
           │ found
`,
    )
  })

  it('tells every step once', () => {
    const printer = new TranscriptPrinter(PIPE)
    const step = {summary: 'Launching', step: 1, total: 2}
    assert.equal(printer.progress(step), '· [1/2] Launching\n')
    assert.equal(printer.progress(step), '')
    assert.equal(printer.progress({...step, step: 0, total: 0}), '· Launching\n')
  })

  it('gives whole lines to a pipe and every character at once to a terminal', () => {
    const pipe = new TranscriptPrinter(PIPE)
    assert.equal(pipe.message({seq: 1, ...text('half a li')}), 'claude: ')
    assert.equal(pipe.message({seq: 2, ...text('ne\nand more')}), 'half a line\n')
    assert.equal(pipe.close(), 'and more\n')
    const terminal = new TranscriptPrinter({...PIPE, wholeLines: false})
    assert.equal(terminal.message({seq: 1, ...text('half a li')}), 'claude: half a li')
    assert.equal(terminal.message({seq: 2, ...text('ne\n')}), 'ne\n')
    assert.equal(terminal.breakLine(), '')
    assert.equal(terminal.message({seq: 3, ...text('\nx')}), '\nx')
    assert.equal(terminal.breakLine(), '\n')
    assert.equal(terminal.message({seq: 4, ...text('y')}), 'y')
    assert.equal(terminal.close(), '\n')
  })

  it('says what was cut, and how large it is', () => {
    const cut = result('z', 'head', {tool: 'Bash', truncated: true, bytes_total: 3_000_000})
    assert.equal(print([cut]), '◂ Bash\n  │ head\n  … cut (2.9 MiB in all)\n')
    const long = print([call('a', 'Bash', {command: 'x'}), result('a', 'y'.repeat(10_000_000))])
    assert.ok(long.length < 300, `${long.length} characters for one line of 10 MB`)
  })

  it('never lets an agent drive the terminal, however the chunks fall', () => {
    const hostile =
      '\x1b]0;owned\x07a\x1b[2Jb\x1b[31mred\x1b[0m\x9b1Ac\x1bP+q\x1b\\\x08\x1b(0\rd\x00\x1b'
    const chunks = fc.array(fc.nat({max: hostile.length}), {maxLength: 6})
    fc.assert(
      fc.property(
        chunks,
        fc.boolean(),
        fc.constantFrom('text', 'status', 'tool_result', 'other'),
        (cuts, colour, type) => {
          const points = [0, ...cuts.sort((a, b) => a - b), hostile.length]
          const parts = points.slice(1).map((end, index) => hostile.slice(points[index], end))
          const messages = parts.map((content) => ({
            type,
            block: 1,
            content,
            output: content,
            tool: content,
            call_id: content,
          }))
          const shown = print(messages, {colour, wholeLines: false})
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          const rest = shown.replaceAll(/\x1b\[[0-9;]*m/g, colour ? '' : 'COLOUR')
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          assert.doesNotMatch(rest, /[\x00-\x08\x0b-\x1f\x7f-\x9f]|COLOUR/)
        },
      ),
    )
  })

  it('shows the same words wherever the chunks of a text are cut', () => {
    const words = fc.string({
      unit: fc.constantFrom('a', 'ü', '🦊', '\n', ' ', '-'),
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(words, fc.nat(), fc.boolean(), (content, at, wholeLines) => {
        const cut = at % (content.length + 1)
        const split = print([text(content.slice(0, cut)), text(content.slice(cut))], {wholeLines})
        const squeeze = (shown: string) => shown.replaceAll(/\s/g, '').replace(/^claude:/, '')
        assert.equal(squeeze(split), content.replaceAll(/\s/g, ''))
        assert.ok(split === '' || split.endsWith('\n'))
      }),
    )
  })
})
