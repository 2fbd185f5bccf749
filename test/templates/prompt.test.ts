import assert from 'node:assert/strict'
import {test} from 'node:test'
import {renderPrompt} from '../../templates/agent-files/prompt.js'

test('an agent is told its issue and the command that reads it', () => {
  const prompt = renderPrompt({issue: 'LOC-3', commentIds: []})
  assert.match(prompt, /^Your issue id is LOC-3\.$/m)
  assert.match(prompt, /`multica issue get LOC-3 --output json`/)
  assert.doesNotMatch(prompt, /Comments|Read .* first/)
})

test('comments that nobody has answered are named, each', () => {
  const prompt = renderPrompt({issue: 'LOC-3', commentIds: ['c1', 'c2']})
  assert.match(prompt, /nobody has answered yet: c1, c2\. .*`multica issue comment list LOC-3/)
})

test('in a folder of the user it is told where its instructions are', () => {
  const prompt = renderPrompt({issue: null, commentIds: [], instructions: '/folder/CLAUDE.md'})
  assert.match(prompt, /^Read \/folder\/CLAUDE\.md first/m)
  assert.match(prompt, /There is no issue for this task/)
})
