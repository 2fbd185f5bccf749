import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Task} from '../../src/protocol/task.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {linesOf, masked, type Script, SECRETS, type Utterance} from './script.js'
import {compareScript} from './transcript-check.js'

const RESULT: Utterance = {
  type: 'tool_result',
  call_id: 'call-1',
  output: `1 paper ${SECRETS[1].raw} ö line`,
  is_error: false,
}
const PIECES: Utterance = {type: 'pieces', block: 'p1', pieces: ['1 riv', 'er sto', 'ne']}

const scriptOf = (...says: Utterance[]): Script => ({
  steps: says.map((say) => ({say})),
  exitCode: 0,
  leavesProcess: false,
})
const messages = (...list: object[]) =>
  list.map((message, index) => ({seq: index + 1, ...message})) as TaskMessage[]
const DEATH = {type: 'error', content: 'the program was ended by SIGKILL'}
const check = (status: string, stored: TaskMessage[], script: Script) => [
  ...compareScript({status} as Task, stored, script),
]

test('a line that an agent was killed in is the last thing it has said', () => {
  const line = linesOf(RESULT).toString()
  for (const length of [20, 60, line.indexOf('ghp_') + 12, line.length - 3]) {
    const torn = messages({type: 'text', content: masked(line.slice(0, length))}, DEATH)
    assert.deepEqual(check('failed', torn, scriptOf(RESULT)), [], `${length} characters`)
    assert.notDeepEqual(check('completed', torn, scriptOf(RESULT)), [])
  }
  const second = linesOf(PIECES).toString().split('\n')[1]?.slice(0, 30)
  const torn = messages(
    {type: 'text', content: '1 riv', block: 1},
    {type: 'text', content: second, block: 2},
    DEATH,
  )
  assert.deepEqual(check('failed', torn, scriptOf(PIECES)), [])
})

test('a line that the script does not have, or that more follows on, is told', () => {
  const line = linesOf(RESULT).toString()
  const wrong = messages({type: 'text', content: line.slice(0, -3).replace('call-1', 'call-2')})
  assert.match(check('failed', wrong, scriptOf(RESULT))[0] ?? '', /^thing 1 is /)
  const more = messages({type: 'text', content: line.slice(0, 40)}, {type: 'text', content: 'on'})
  assert.match(check('failed', more, scriptOf(RESULT))[0] ?? '', /^thing 1 is /)
})
