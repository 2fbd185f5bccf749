import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {caller} from '../support/call.js'
import {sampleDiff} from '../support/sample-diff.js'
import {startWebBench, type WebBench} from '../support/web-bench.js'

describe('the page of what a run has changed', () => {
  let bench: WebBench
  let path: string
  before(async () => {
    bench = await startWebBench()
    const body = {title: 'T', status: 'todo', assignee_type: 'agent', assignee_id: bench.agentId}
    await bench.owner('POST', '/api/issues', {body})
  })
  after(() => bench.close())

  it('waits for the end, shows the changes when they come, and opens what was closed', async () => {
    const run = await bench.claim()
    path = `/tasks/${run.task.id}`
    const {page, problems} = await bench.open(path)
    await page.getByRole('link', {name: 'Files changed'}).click()
    await page.getByText('gathered when the run ends').waitFor()
    const {checkouts} = sampleDiff
    const worker = caller(bench.url, run.task.task_token)
    await worker('PUT', `/api/daemon/tasks/${run.task.id}/diff`, {body: {checkouts}})
    await run.complete('done')
    await page.getByText('await retry(() => this.#post(batch)').waitFor()
    assert.equal(await page.locator('.diff-added').count(), 8)
    const signIndent = await page
      .locator('.diff-added .diff-text')
      .first()
      .evaluate((cell) => getComputedStyle(cell, '::before').textIndent)
    assert.equal(signIndent, '0px', 'the sign stands over the number of its line')
    const lock = page.locator('details.file-diff', {hasText: 'package-lock.json'})
    await lock.locator('summary').click()
    await lock.getByText('"line 599": true,').waitFor()
    assert.deepEqual(problems, [])
  })

  it('is linked from the issue', async () => {
    const {page, problems} = await bench.open(path)
    await page.locator('.crumbs a').nth(1).click()
    await page.locator('.comment .changes-link').click()
    await page.locator('h1').waitFor()
    assert.match(page.url(), /\/changes$/)
    assert.deepEqual(problems, [])
  })
})
