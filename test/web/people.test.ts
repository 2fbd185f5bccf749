import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {newId} from '../../src/ids.js'
import {until} from '../support/until.js'
import {type BenchRun, startWebBench, type WebBench} from '../support/web-bench.js'

const PERMISSION = {kind: 'permission', tool: 'Bash', input: {command: 'rm -r build'}}
const QUESTION = {
  kind: 'question',
  questions: [
    {id: '1', text: 'Which colour?', options: [{label: 'Red'}, {label: 'Blue'}]},
    {id: '2', text: 'And why?', options: []},
    {id: '3', text: 'Anything else?', options: [], optional: true},
  ],
}

describe('people and a running agent, on its pages', () => {
  let bench: WebBench
  before(async () => {
    bench = await startWebBench()
  })
  after(() => bench?.close())

  const running = async (): Promise<{number: number; run: BenchRun}> => {
    const assignee = {assignee_type: 'agent', assignee_id: bench.agentId}
    const body = {title: 'Ask me', status: 'todo', ...assignee}
    const {number} = (await bench.owner('POST', '/api/issues', {body})).body
    return {number, run: await bench.claim()}
  }
  const ask = async (run: BenchRun, payload: object) => {
    const id = newId()
    await run.post('requests', {id, payload, limit_seconds: 60})
    return id
  }
  const stored = async ({task}: BenchRun, id: string) => {
    const {body} = await bench.owner('GET', `/api/tasks/${task.id}/requests`)
    return body.find((request: {id: string}) => request.id === id)
  }

  it('asks on the live card, and takes a yes and a no with its reason', async () => {
    const {number, run} = await running()
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    const first = await ask(run, PERMISSION)
    await page.locator('.live-card', {hasText: 'Ada asks you'}).waitFor()
    const {page: list} = await bench.open('/local/issues')
    await list.locator('.list-item', {hasText: 'Ada asks you'}).waitFor()
    await page.locator('.request', {hasText: 'rm -r build'}).waitFor()
    await page.getByRole('button', {name: 'Approve'}).click()
    await until(
      'it is approved',
      async () => (await stored(run, first)).answer?.outcome === 'allow',
    )
    await page.locator('.live-card', {hasText: 'Ada is working'}).waitFor()
    const second = await ask(run, PERMISSION)
    await page.getByLabel('Reason for a no').fill('keep it')
    await page.getByRole('button', {name: 'Deny'}).click()
    await until(
      'it is denied',
      async () => (await stored(run, second)).answer?.message === 'keep it',
    )
    await until('nothing is asked', async () => (await page.locator('.request').count()) === 0)
    assert.deepEqual(problems, [])
    await run.complete('done')
  })

  it('takes answers to questions on the page of the run, after a reload as well', async () => {
    const {run} = await running()
    const id = await ask(run, QUESTION)
    const {page, problems} = await bench.open(`/local/tasks/${run.task.id}`)
    await page.getByLabel('Blue').check()
    const answer = page.getByRole('button', {name: 'Answer', exact: true})
    assert.equal(await answer.isDisabled(), true)
    await page.getByLabel('Own words: And why?').fill('the logo')
    await answer.click()
    await until('it is answered', async () => (await stored(run, id)).status === 'answered')
    assert.deepEqual((await stored(run, id)).answer.answers, {1: ['Blue'], 2: ['the logo'], 3: []})
    assert.deepEqual(problems, [])
    await run.complete('done')
  })

  it('says who was faster', async () => {
    const {number, run} = await running()
    const {page} = await bench.open(`/local/issues/${number}`)
    const id = await ask(run, PERMISSION)
    await page.getByRole('button', {name: 'Approve'}).waitFor()
    await page.route('**/api/events?*', (route) => route.abort())
    await page.route('**/answer', async (route) => {
      const path = `/api/tasks/${run.task.id}/requests/${id}/answer`
      await bench.owner('POST', path, {body: {outcome: 'deny'}})
      await route.continue()
    })
    await page.getByRole('button', {name: 'Approve'}).click()
    await page.getByText(/has answered this request already/).waitFor()
    await run.complete('done')
  })

  it('brings words to the agent, which stand in the transcript with their author', async () => {
    const {number, run} = await running()
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await page.getByLabel('Message to Ada').fill('Mind the gap')
    await page.getByRole('button', {name: 'Send'}).click()
    await page.locator('.send-note', {hasText: 'Mind the gap'}).waitFor()
    const path = `/api/daemon/tasks/${run.task.id}/inbox`
    const {inputs} = (await bench.owner('GET', path)).body
    assert.equal(inputs, undefined, 'only the worker may read what is said to it')
    const listed = await bench.owner('GET', `/api/tasks/${run.task.id}`)
    assert.equal(listed.body.status, 'running')
    await run.say({type: 'status', content: 'Mind the gap', author: 'Ann'})
    await page.locator('.row-person', {hasText: 'Ann'}).waitFor()
    assert.deepEqual(problems, [])
    await run.complete('done')
    await page.locator('.comment-body', {hasText: 'Mind the gap'}).waitFor()
  })
})
