import assert from 'node:assert/strict'
import {it} from 'node:test'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import type {PageState} from '../../templates/state/page-state.js'
import type {Call} from '../support/call.js'
import {describeOnBoth} from '../support/test-database.js'
import {startWorkServer, type WorkServer} from '../support/work-server.js'

const stateOf = async (call: Call, path: string): Promise<PageState> => {
  const answer = await call('GET', path, {headers: {accept: 'application/json'}})
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body.state
}

/** The names of the first events after a page's cursor, up to the first cursor that follows a message. */
async function namesAfter(server: WorkServer, state: PageState, taskId: string): Promise<string[]> {
  const query = new URLSearchParams({
    workspace_id: server.workspaceId,
    cursor: state.cursor,
    task: taskId,
  })
  const response = await fetch(`${server.url}/api/events?${query}`, {
    headers: {authorization: `Bearer ${server.token}`},
    signal: AbortSignal.timeout(10_000),
  })
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk)
    if (/event: task:message.*event: cursor/s.test(text)) break
  }
  return [...text.matchAll(/^data: (\{"task_id".*"seq".*)$/gm)].map(([, data]) =>
    String(JSON.parse(data ?? '').seq),
  )
}

describeOnBoth('data of pages', (newDatabase) => {
  it('carries the end of a long run, and a cursor that goes on exactly there (fault A7)', async (t) => {
    const server = await startWorkServer(await newDatabase())
    t.after(() => server.stop())
    const {issue, task, worker, path} = await server.run()
    const messages = (from: number, to: number): (NewTaskMessage & {seq: number})[] =>
      Array.from({length: to - from + 1}, (_, index) => ({
        seq: from + index,
        type: 'tool_use',
        tool: 'Bash',
        call_id: `c${from + index}`,
      }))
    for (let at = 1; at <= 1500; at += 500) {
      await worker('POST', `${path}/messages`, {body: {messages: messages(at, at + 499)}})
    }
    const card = await stateOf(server.owner, `/local/issues/${issue.number}`)
    assert.equal(card.transcripts[task.id]?.from, 1001)
    assert.equal(card.transcripts[task.id]?.messages.length, 500)
    assert.equal(card.earlierToolCalls[task.id], 1000)
    const run = await stateOf(server.owner, `/local/tasks/${task.id}`)
    assert.equal(run.transcripts[task.id]?.messages.length, 1000)

    await worker('POST', `${path}/messages`, {body: {messages: messages(1501, 1502)}})
    assert.deepEqual(await namesAfter(server, card, task.id), ['1501', '1502'])
  })

  it('carries no more of a run than a page can bear', async (t) => {
    const server = await startWorkServer(await newDatabase())
    t.after(() => server.stop())
    const {task, worker, path} = await server.run()
    const body = {
      messages: Array.from({length: 400}, (_, index) => ({
        seq: index + 1,
        type: 'text',
        block: index,
        content: 'x'.repeat(10_000),
      })),
    }
    await worker('POST', `${path}/messages`, {body})
    const state = await stateOf(server.owner, `/local/tasks/${task.id}`)
    const held = state.transcripts[task.id]
    assert.ok(held && held.messages.length > 100 && held.messages.length < 200)
    assert.equal(held.messages.at(-1)?.seq, 400)
    assert.equal(held.messages[0]?.seq, held.from)
  })

  it('hides the runs of a private agent from members', async (t) => {
    const server = await startWorkServer(await newDatabase())
    t.after(() => server.stop())
    const {issue, task} = await server.run()
    const hidden = await server.owner('PUT', `/api/agents/${server.agentId}`, {
      body: {visibility: 'private'},
    })
    assert.equal(hidden.status, 200)
    const member = await server.addMember()
    const page = await stateOf(member, `/local/issues/${issue.number}`)
    assert.deepEqual([page.tasks, page.agents, page.transcripts], [[], [], {}])
    const json = {headers: {accept: 'application/json'}}
    assert.equal((await member('GET', `/local/tasks/${task.id}`, json)).status, 404)
    const list = await stateOf(member, '/local/issues')
    assert.deepEqual(list.tasks, [])
  })

  it('lists open and closed issues by pages', async (t) => {
    const server = await startWorkServer(await newDatabase())
    t.after(() => server.stop())
    for (let count = 0; count < 52; count++) {
      await server.owner('POST', '/api/issues', {
        body: {title: `Issue ${count}`, status: count === 0 ? 'done' : 'backlog'},
      })
    }
    const first = await stateOf(server.owner, '/local/issues')
    const second = await stateOf(server.owner, '/local/issues?page=2')
    const closed = await stateOf(server.owner, '/local/issues?filter=closed')
    const numbers = (state: PageState) =>
      state.view.kind === 'issues' ? state.view.issues.map(({number}) => number) : []
    assert.deepEqual(
      numbers(first),
      Array.from({length: 50}, (_, index) => 52 - index),
    )
    assert.deepEqual(numbers(second), [2])
    assert.deepEqual(numbers(closed), [1])
    assert.ok(first.view.kind === 'issues')
    assert.deepEqual([first.view.counts, first.view.pages], [{open: 51, closed: 1}, 2])
  })
})
