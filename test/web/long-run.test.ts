import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import {until} from '../support/until.js'
import {startWebBench, type WebBench} from '../support/web-bench.js'

const COUNT = 5000
/** Elements that the page may build for one more message, whatever it shows already. */
const MAX_BUILT = 12

/** A text every tenth message, else calls with results. */
function longRun(from: number, to: number): NewTaskMessage[] {
  return Array.from({length: to - from + 1}, (_, index) => {
    const number = from + index
    if (number % 10 === 0) return {type: 'text', block: number, content: `text ${number}`}
    const call = `c${number - (number % 2 === 0 ? 1 : 0)}`
    return number % 2 === 0
      ? {type: 'tool_result', tool: 'Bash', call_id: call, output: 'x'.repeat(500)}
      : {type: 'tool_use', tool: 'Bash', call_id: call, input: {command: `step ${number}`}}
  })
}

describe('a run of 5,000 messages', () => {
  let bench: WebBench
  before(async () => {
    bench = await startWebBench()
  })
  after(() => bench?.close())

  it('builds little for each message, draws a part, and shows all of it on demand', async () => {
    const assignee = {assignee_type: 'agent', assignee_id: bench.agentId}
    await bench.owner('POST', '/api/issues', {body: {title: 'Long', status: 'todo', ...assignee}})
    const run = await bench.claim()
    const upload = async (from: number, to: number) => {
      for (let at = from; at <= to; at += 100) {
        await run.say(...longRun(at, Math.min(to, at + 99)))
      }
    }
    await upload(1, 3000)
    const {page, problems} = await bench.open(`/local/tasks/${run.task.id}`)
    await page.getByText('text 3000', {exact: true}).waitFor()
    await page.evaluate(() => {
      const built = {elements: 0}
      Object.assign(window, {built})
      new MutationObserver((changes) => {
        for (const node of changes.flatMap(({addedNodes}) => [...addedNodes])) {
          if (node instanceof Element) built.elements += 1 + node.querySelectorAll('*').length
        }
      }).observe(document.body, {childList: true, subtree: true})
    })
    await upload(3001, COUNT)
    await page.getByText(`text ${COUNT}`, {exact: true}).waitFor()
    const built = await page.evaluate(
      () => (window as unknown as {built: {elements: number}}).built.elements,
    )
    assert.ok(built < 2000 * MAX_BUILT, `${built} elements were built for 2,000 messages`)
    const drawn = await page.locator('.row').count()
    assert.ok(drawn <= 500, `${drawn} rows are drawn`)
    await page.locator('.run-meta', {hasText: '2,500 tool calls'}).waitFor()

    await run.complete('done')
    await page.locator('h1', {hasText: 'completed'}).waitFor()
    await until(
      'the first message is shown',
      async () => {
        const earlier = page.locator('.transcript-earlier')
        if ((await earlier.count()) > 0) await earlier.click({timeout: 2000}).catch(() => undefined)
        return (await page.getByText('text 10', {exact: true}).count()) === 1
      },
      60_000,
    )
    await until(
      'nothing is left',
      async () => (await page.locator('.transcript-earlier').count()) === 0,
    )
    const texts = await page
      .locator('.row-text')
      .evaluateAll((rows) => rows.map((row) => row.textContent.trim()))
    assert.deepEqual(
      texts,
      Array.from({length: COUNT / 10}, (_, index) => `text ${(index + 1) * 10}`),
    )
    assert.deepEqual(problems, [])
  })

  it('shows a cut output whole on demand', async () => {
    const assignee = {assignee_type: 'agent', assignee_id: bench.agentId}
    await bench.owner('POST', '/api/issues', {body: {title: 'Cut', status: 'todo', ...assignee}})
    const run = await bench.claim()
    await run.say(
      {type: 'tool_use', tool: 'Bash', call_id: 'c', input: {command: 'cat big'}},
      {type: 'tool_result', tool: 'Bash', call_id: 'c', output: `${'y'.repeat(40_000)}END`},
    )
    const {page} = await bench.open(`/local/tasks/${run.task.id}`)
    await page.getByRole('button', {name: /cat big/}).click()
    assert.doesNotMatch(
      await page
        .locator('.output')
        .last()
        .evaluate((output) => output.textContent),
      /END/,
    )
    await page.getByRole('button', {name: /Show all \(39 KiB\)/}).click()
    await page.locator('.output', {hasText: 'END'}).waitFor()
    await run.complete('done')
  })
})
