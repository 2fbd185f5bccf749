import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import type {Page} from 'playwright-core'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import {until} from '../support/until.js'
import {type BenchRun, startWebBench, type WebBench} from '../support/web-bench.js'

let block = 0
const text = (content: string): NewTaskMessage => ({type: 'text', block: ++block, content})
const numbered = (from: number, to: number): NewTaskMessage[] =>
  Array.from({length: to - from + 1}, (_, index) => text(`message ${from + index}`))

const texts = (page: Page): Promise<string[]> =>
  page.locator('.row-text').evaluateAll((rows) => rows.map((row) => row.textContent.trim()))

const expected = (count: number): string[] =>
  Array.from({length: count}, (_, index) => `message ${index + 1}`)

/** What a browser logs by itself while its server is away; everything else is a fault. */
const isOutage = (problem: string): boolean =>
  /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/.test(
    problem,
  ) ||
  // It asked again while the server stopped, which says so.
  /status of 503/.test(problem)

describe('a live page', () => {
  let bench: WebBench
  before(async () => {
    bench = await startWebBench()
  })
  after(() => bench?.close())

  const newIssue = async (title: string, assigned: boolean): Promise<number> => {
    const assignee = assigned ? {assignee_type: 'agent', assignee_id: bench.agentId} : {}
    const created = await bench.owner('POST', '/api/issues', {
      body: {title, status: 'todo', ...assignee},
    })
    assert.equal(created.status, 201)
    return created.body.number
  }
  const running = async (title: string): Promise<{number: number; run: BenchRun}> => {
    const number = await newIssue(title, true)
    return {number, run: await bench.claim()}
  }

  it('shows a run from its queue to its result, without a reload', async () => {
    const number = await newIssue('A run appears', false)
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    assert.equal(await page.locator('.live-card').count(), 0)
    await page.evaluate(() => Object.assign(window, {same: true}))

    await page.getByLabel('Assignee').selectOption({label: 'Ada'})
    await page.locator('.live-card', {hasText: 'Ada is waiting'}).waitFor()
    await page.locator('.activity', {hasText: 'assigned this to Ada'}).waitFor()

    const run = await bench.claim()
    await page.locator('.live-card', {hasText: 'Ada is working'}).waitFor()
    await run.progress({summary: 'Reading', step: 1, total: 3})
    await run.say(
      {type: 'text', block: 9001, content: 'I look **aro'},
      {type: 'text', block: 9001, content: 'und**.'},
      {type: 'tool_use', tool: 'Bash', call_id: 'c1', input: {command: 'ls -la'}},
    )
    await page.locator('.card-progress', {hasText: 'Reading'}).waitFor()
    await page.locator('.row-text strong', {hasText: 'around'}).waitFor()
    await page.locator('.row-tool .spinner').waitFor()
    await page.locator('.card-meta', {hasText: '1 tool call'}).waitFor()

    await run.say({type: 'tool_result', tool: 'Bash', call_id: 'c1', output: 'one\ntwo'})
    await page.locator('.row-tool [aria-label=done]').waitFor()
    assert.equal(await page.locator('.output').count(), 0)
    await page.getByRole('button', {name: /ls -la/}).click()
    await page.locator('.output', {hasText: 'two'}).waitFor()

    await run.complete('Everything is **fine**.')
    await page.locator('.comment-body strong', {hasText: 'fine'}).waitFor()
    await until('the card has left', async () => (await page.locator('.live-card').count()) === 0)
    await page.locator(`[data-run="${run.task.id}"]`, {hasText: 'completed'}).waitFor()
    await page.locator('.activity', {hasText: 'completed the task'}).waitFor()
    assert.equal(await page.evaluate(() => 'same' in window), true, 'the page was loaded again')
    assert.deepEqual(problems, [])
  })

  it('loses and repeats nothing over two restarts of the server', async () => {
    const {number, run} = await running('Restarts')
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await run.say(...numbered(1, 40))
    await page.getByText('message 40', {exact: true}).waitFor()
    for (const from of [41, 81]) {
      await bench.stopServer()
      await page.locator('.connection').waitFor()
      const seen = await page.locator('.connection').evaluate((notice) => {
        window.scrollTo(0, document.body.scrollHeight)
        const {top, bottom} = notice.getBoundingClientRect()
        return top >= 0 && bottom <= window.innerHeight
      })
      assert.ok(seen, 'the notice is out of sight at the end of the page')
      await bench.startServer()
      await run.say(...numbered(from, from + 39))
      await page.getByText(`message ${from + 39}`, {exact: true}).waitFor()
    }
    assert.deepEqual(await texts(page), expected(120))
    await until('it is live', async () => (await page.locator('.connection').count()) === 0)
    await run.complete('done')
    await page.locator('.comment-body', {hasText: 'done'}).waitFor()
    assert.deepEqual(
      problems.filter((problem) => !isOutage(problem)),
      [],
    )
  })

  it('learns of an end that came while it could not connect (fault A10)', async () => {
    const {number, run} = await running('Ends in the dark')
    const {page} = await bench.open('/local/issues/new')
    await page.context().route('**/api/events?*', (route) => route.abort())
    await page.goto(`${bench.url}/local/issues/${number}`)
    await page.locator('.live-card').waitFor()
    await page.locator('.connection').waitFor()
    await run.say(text('last words'))
    await run.complete('the end')
    assert.equal(await page.locator('.live-card').count(), 1)
    await page.context().unroute('**/api/events?*')
    await page.locator('.comment-body', {hasText: 'the end'}).waitFor()
    assert.equal(await page.locator('.live-card').count(), 0)
  })

  it('goes on where it was when it is loaded again in the middle', async () => {
    const {number, run} = await running('Reload')
    await run.say(...numbered(1, 30))
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await run.say(...numbered(31, 60))
    await page.reload()
    await run.say(...numbered(61, 90))
    await page.getByText('message 90', {exact: true}).waitFor()
    assert.deepEqual(await texts(page), expected(90))
    await run.complete('done')
    assert.deepEqual(problems, [])
  })

  it('follows the end, lets go of a reader who scrolls up, and comes back on Latest', async () => {
    const {number, run} = await running('Scrolling')
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await run.say(...numbered(1, 60))
    await page.getByText('message 60', {exact: true}).waitFor()
    const box = page.locator('.live-card .transcript-rows')
    const distance = () => box.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight)
    await until('it is at the end', async () => (await distance()) < 2)
    assert.equal(await page.getByRole('button', {name: 'Latest'}).count(), 0)

    await box.hover()
    await page.mouse.wheel(0, -400)
    const latest = page.getByRole('button', {name: 'Latest'})
    await latest.waitFor()
    const top = await box.evaluate((element) => element.scrollTop)
    await run.say(...numbered(61, 80))
    await page.getByText('message 80', {exact: true}).waitFor({state: 'attached'})
    assert.equal(await box.evaluate((element) => element.scrollTop), top)

    await latest.click()
    await until('it is at the end again', async () => (await distance()) < 2)
    await run.say(text('and on'))
    await page.getByText('and on', {exact: true}).waitFor()
    await until('it follows', async () => (await distance()) < 2)
    await run.complete('done')
    assert.deepEqual(problems, [])
  })

  it('counts the time of a run by the server’s clock', async () => {
    const {number, run} = await running('Clock')
    const {page} = await bench.open('/local/issues/new')
    await page.clock.install({time: Date.now() + 3_600_000})
    await page.goto(`${bench.url}/local/issues/${number}`)
    await page.locator('.card-meta', {hasText: /· [1-9]\d?s/}).waitFor()
    await run.complete('done')
  })

  it('stops a run when it is asked twice', async () => {
    const {number, run} = await running('Stopping')
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await page.getByRole('button', {name: 'Cancel'}).click()
    await page.getByRole('button', {name: 'Stop the run?'}).click()
    await page.locator(`[data-run="${run.task.id}"]`, {hasText: 'cancelled'}).waitFor()
    assert.equal(await page.locator('.live-card').count(), 0)
    await run.cancelled()
    assert.deepEqual(problems, [])
  })

  it('creates an issue, opens it, and takes comments', async () => {
    const {page, problems} = await bench.open('/local/issues/new')
    await page.getByLabel('Title').fill('Made in the browser')
    await page.getByLabel('Description').fill('with `code`')
    await page.getByRole('button', {name: 'Create issue'}).click()
    await page.waitForURL(/\/issues\/\d+$/)
    await page.getByRole('heading', {name: 'Made in the browser'}).waitFor()
    await page.getByLabel('Add a comment').fill('a *first* word')
    await page.getByRole('button', {name: 'Comment'}).click()
    await page.locator('.comment-body em', {hasText: 'first'}).waitFor()
    assert.equal(await page.locator('.timeline .comment').count(), 1)
    await page.getByLabel('Status').selectOption('done')
    await page.locator('.state', {hasText: 'Done'}).waitFor()
    assert.deepEqual(problems, [])
  })

  it('runs nothing that an agent or a person has written', async () => {
    const evil = '</script><script>window.evil = 1</script><img src=x onerror="window.evil = 1">'
    const number = await newIssue(evil, true)
    const run = await bench.claim()
    await run.say(
      text(evil),
      {type: 'tool_use', tool: evil, call_id: 'c', input: {command: evil}},
      {type: 'tool_result', call_id: 'c', output: `\u001b[31m${evil}`},
      {type: 'error', content: evil},
    )
    const {page, problems} = await bench.open(`/local/issues/${number}`)
    await page.locator('.row-error').waitFor()
    await page.locator('.row-head').click()
    await page.locator('.output .ansi-red-fg').waitFor()
    assert.equal(await page.evaluate(() => 'evil' in window), false)
    assert.equal(await page.locator('.page img').count(), 0)
    await run.fail(evil)
    await page.locator('.list-problem').waitFor()
    assert.deepEqual(problems, [])
  })

  /**
   * Opens a page, does something that it cannot know of, and then answers its only connection with
   * these events: what it shows beyond them it must have asked for.
   */
  const openWithStream = async (
    path: string,
    meanwhile: () => Promise<unknown>,
    events: readonly [string, string][],
  ) => {
    const {page, problems} = await bench.open('/local/issues/new')
    let first = true
    await page.context().route('**/api/events?*', async (route) => {
      if (!first) return route.abort()
      first = false
      await meanwhile()
      const body = events.map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`).join('')
      await route.fulfill({contentType: 'text/event-stream', body})
    })
    await page.goto(`${bench.url}${path}`)
    return {page, faults: () => problems.filter((problem) => !problem.includes('ERR_FAILED'))}
  }

  it('reads what the stream has skipped, and is not stopped by frames that are broken', async () => {
    const {number, run} = await running('Gap')
    await run.say(...numbered(1, 4))
    const last = {seq: 9, type: 'text', block: 0, content: 'message 9', task_id: run.task.id}
    const {page, faults} = await openWithStream(
      `/local/issues/${number}`,
      () => run.say(...numbered(5, 9)),
      [
        ['task:message', '{"seq":'],
        ['weather', 'sunny'],
        ['task:message', JSON.stringify({...last, issue_id: run.task.issue_id})],
      ],
    )
    await page.getByText('message 9', {exact: true}).waitFor()
    assert.deepEqual(await texts(page), expected(9))
    assert.deepEqual(faults(), [])
    await run.complete('done')
  })

  it('reads the page again when its cursor is too old', async () => {
    const number = await newIssue('Before', false)
    const rename = () => bench.owner('PATCH', `/api/issues/LOC-${number}`, {body: {title: 'After'}})
    const {page, faults} = await openWithStream(`/local/issues/${number}`, rename, [
      ['resync', '{}'],
    ])
    await page.locator('h1', {hasText: 'After'}).waitFor()
    assert.deepEqual(faults(), [])
  })

  it('runs again what has ended', async () => {
    const {run} = await running('Once more')
    await run.say(text('not yet'))
    await bench.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    await run.cancelled()
    const {page} = await bench.open(`/tasks/${run.task.id}`)
    await page.getByRole('button', {name: 'Run again'}).click()
    await page.locator('.run-title', {hasText: 'queued'}).waitFor()
    assert.notEqual(page.url().split('/').at(-1), run.task.id)
    await page.locator('.run-meta', {hasText: 'attempt 2'}).waitFor()
    const again = await bench.claim()
    await page.locator('.run-title', {hasText: 'in progress'}).waitFor()
    await again.complete('done')
    await page.locator('.run-title', {hasText: 'completed'}).waitFor()
  })
})
