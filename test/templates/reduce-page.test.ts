import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import type {TaskStatusEvent} from '../../src/protocol/events.js'
import type {Comment} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import {type LiveEvent, parseLiveEvent} from '../../templates/state/live-event.js'
import type {PageState} from '../../templates/state/page-state.js'
import {reducePage} from '../../templates/state/reduce-page.js'
import fc from '../support/properties.js'
import {sampleIssue, samplePage, samplePages, sampleTask} from '../support/sample-pages.js'

const TASK = 'task-new'

const status = (to: Task['status'], change: Partial<TaskStatusEvent> = {}): LiveEvent => ({
  type: 'task:status',
  payload: {
    task_id: TASK,
    workspace_id: sampleIssue.workspace_id,
    issue_id: sampleIssue.id,
    agent_id: 'agent-claude',
    runtime_id: 'runtime-1',
    status: to,
    attempt: 1,
    created_at: '2026-11-23T12:00:00.000Z',
    dispatched_at: null,
    started_at: null,
    completed_at: null,
    error: null,
    end_reason: null,
    progress: null,
    usage: null,
    diff: null,
    open_requests: 0,
    inbox_version: 0,
    ...change,
  },
})

const said = (seq: number, taskId = TASK): LiveEvent => ({
  type: 'task:message',
  payload: {
    seq,
    type: 'text',
    block: seq,
    content: `w${seq}`,
    task_id: taskId,
    issue_id: sampleIssue.id,
  },
})

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  issue_id: sampleIssue.id,
  author_type: 'agent',
  author_id: 'agent-claude',
  author_name: 'Claude',
  content: id,
  type: 'comment',
  parent_id: null,
  task_id: null,
  created_at: '2026-11-23T12:00:01.000Z',
  updated_at: '2026-11-23T12:00:01.000Z',
  ...more,
})

const commented = (of: Comment): LiveEvent => ({
  type: 'comment:created',
  payload: {
    comment: of,
    issue_title: '',
    issue_assignee_type: null,
    issue_assignee_id: null,
    issue_status: 'todo',
  },
})

const issuePage = (): PageState =>
  samplePage({kind: 'issue', issue: sampleIssue, timeline: [], deleted: false}, [])

const timelineIds = (state: PageState): string[] =>
  state.view.kind === 'issue' ? state.view.timeline.map(({id}) => id) : []

/** What happens to an issue while an agent works on it, in the order of its stream. */
const STORY: LiveEvent[] = [
  status('queued'),
  {type: 'agent:status', payload: {agent: {...agent(), status: 'working'}}},
  status('running', {started_at: '2026-11-23T12:00:02.000Z'}),
  said(1),
  {
    type: 'task:progress',
    payload: {task_id: TASK, issue_id: null, summary: 's', step: 1, total: 2},
  },
  said(2),
  said(3),
  commented(comment('c1')),
  commented(comment('c2', {parent_id: 'c1'})),
  {type: 'comment:deleted', payload: {comment_id: 'c1', issue_id: sampleIssue.id}},
  status('completed', {completed_at: '2026-11-23T12:00:09.000Z'}),
  commented(comment('result', {created_at: '2026-11-23T12:00:09.000Z'})),
]

function agent() {
  const {agents} = issuePage()
  return {...(agents[0] as PageState['agents'][0])} as never as Extract<
    LiveEvent,
    {type: 'agent:status'}
  >['payload']['agent']
}

describe('the page’s state', () => {
  it('is the same however the stream is cut and replayed from an earlier cursor', () => {
    const whole = reducePage(issuePage(), STORY)
    const cuts = fc.array(fc.tuple(fc.nat(STORY.length), fc.nat(STORY.length)), {maxLength: 6})
    fc.assert(
      fc.property(cuts, (list) => {
        let state = issuePage()
        let reached = 0
        for (const [back, ahead] of list) {
          const from = Math.min(reached, back)
          const to = Math.max(from, ahead)
          state = reducePage(state, STORY.slice(from, to))
          // Each connection goes on from where the last one stood, or from before that.
          reached = to
        }
        state = reducePage(state, STORY.slice(Math.min(reached, list[0]?.[0] ?? 0)))
        assert.deepEqual(state, whole)
      }),
    )
    assert.deepEqual(timelineIds(whole), ['result'])
    assert.equal(whole.tasks[0]?.status, 'completed')
    assert.equal(whole.transcripts[TASK]?.messages.length, 3)
  })

  it('keeps no message of runs of other issues', () => {
    const state = reducePage(issuePage(), [
      status('running', {task_id: 'other', issue_id: 'another-issue'}),
      said(1, 'other'),
    ])
    assert.deepEqual(state.transcripts, {})
    assert.equal(state.tasks.length, 0)
  })

  it('takes a page that was read again without losing messages that it did not carry', () => {
    const before = reducePage(issuePage(), [status('running'), said(1), said(2), said(3)])
    const fetched = reducePage(issuePage(), [status('completed'), said(2)])
    const after = reducePage(before, [{type: 'page:fetched', state: {...fetched, cursor: 'later'}}])
    assert.equal(after.tasks[0]?.status, 'completed')
    assert.equal(after.cursor, 'later')
    assert.deepEqual(
      after.transcripts[TASK]?.messages.map(({seq}) => seq),
      [1, 2, 3],
    )
  })

  it('reads earlier messages in front of what is there and counts their calls once', () => {
    const task = sampleTask()
    const page: PageState = {
      ...samplePage({kind: 'task', taskId: task.id, issueNumber: 1, deleted: false}, [task]),
      transcripts: {[task.id]: {from: 3, messages: []}},
      earlierToolCalls: {[task.id]: 1},
    }
    const messages = [
      {seq: 1, type: 'text', content: 'a', task_id: task.id, issue_id: null},
      {seq: 2, type: 'tool_use', tool: 'Bash', task_id: task.id, issue_id: null},
    ]
    const after = reducePage(page, [{type: 'messages:fetched', taskId: task.id, messages, from: 1}])
    assert.equal(after.transcripts[task.id]?.from, 1)
    assert.equal(after.earlierToolCalls[task.id], 0)
  })

  it('asks for the list again when an issue comes, goes or changes sides', () => {
    const list = samplePages.issues as PageState
    const updated = (change: object): LiveEvent => ({
      type: 'issue:updated',
      payload: {
        issue: {...sampleIssue, ...change},
        assignee_changed: false,
        status_changed: false,
        priority_changed: false,
        due_date_changed: false,
        description_changed: false,
        title_changed: false,
      },
    })
    const renamed = reducePage(list, [updated({title: 'New name'})])
    assert.equal(renamed.stale, false)
    assert.ok(renamed.view.kind === 'issues' && renamed.view.issues[0]?.title === 'New name')
    assert.equal(reducePage(list, [updated({status: 'done'})]).stale, true)
    assert.equal(reducePage(list, [updated({id: 'unknown'})]).stale, true)
    const removed: LiveEvent = {type: 'issue:deleted', payload: {issue_id: sampleIssue.id}}
    assert.equal(reducePage(list, [removed]).stale, true)
  })

  it('skips what it does not know or cannot read', () => {
    assert.equal(parseLiveEvent('weather', '{}'), undefined)
    assert.equal(parseLiveEvent('task:message', 'not json'), undefined)
    assert.equal(parseLiveEvent('task:message', '{"seq":"1","task_id":"t"}'), undefined)
    assert.equal(parseLiveEvent('task:status', 'null'), undefined)
    assert.equal(parseLiveEvent('task:message', '{"seq":1,"task_id":"t"}')?.type, 'task:message')
  })
})
