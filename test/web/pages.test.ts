import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {startWebBench, type WebBench} from '../support/web-bench.js'

const HTML = {accept: 'text/html'}

describe('pages', () => {
  let bench: WebBench
  before(async () => {
    bench = await startWebBench()
  })
  after(() => bench?.close())

  const get = (path: string, headers: Record<string, string> = HTML) =>
    fetch(`${bench.url}${path}`, {headers, redirect: 'manual'})

  it('sends strangers to the sign-in and back to where they wanted to go', async () => {
    const answer = await get('/local/issues?filter=closed')
    assert.equal(answer.status, 302)
    const target = '/login?next=%2Flocal%2Fissues%3Ffilter%3Dclosed'
    assert.equal(answer.headers.get('location'), target)
  })

  it('never sends anybody to another host after the sign-in', async () => {
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example']) {
      const html = await (await get(`/login?next=${encodeURIComponent(next)}`)).text()
      assert.match(html, /"kind":"login","next":"\/"/)
    }
  })

  it('signs in with a token, says what is wrong with a bad one, and signs out', async () => {
    const {page} = await bench.open('/local/issues', {signedIn: false})
    await page.getByLabel('Personal access token').fill(`mul_${'0'.repeat(40)}`)
    await page.getByRole('button', {name: 'Sign in'}).click()
    await page.locator('.flash-error', {hasText: 'not valid'}).waitFor()
    const made = await bench.owner('POST', '/api/tokens', {body: {name: 'browser'}})
    await page.getByLabel('Personal access token').fill(made.body.token)
    await page.getByRole('button', {name: 'Sign in'}).click()
    await page.waitForURL('**/local/issues')
    await page.locator('.menu-right > summary').click()
    await page.getByRole('button', {name: 'Sign out'}).click()
    await page.waitForURL('**/login')
    await page.goto(`${bench.url}/local/issues`)
    await page.waitForURL('**/login?next=*')
  })

  it('uses a sign-in link once and says so the second time', async () => {
    const link = await bench.signInLink()
    assert.equal((await fetch(link, {headers: HTML})).status, 200)
    const first = await bench.open(link.slice(bench.url.length), {signedIn: false})
    await first.page.waitForURL('**/local/issues')
    const second = await bench.open(link.slice(bench.url.length), {signedIn: false})
    await second.page.getByText('multica auth link').waitFor()
    const broken = await bench.open('/auth/link?code=abc', {signedIn: false})
    await broken.page.getByText('multica auth link').waitFor()
  })

  it('answers with a page of its own where there is nothing', async () => {
    const {page, problems} = await bench.open('/local/issues/9999')
    await page.getByRole('heading', {name: 'Page not found'}).waitFor()
    await page.goto(`${bench.url}/nobody/issues`)
    await page.getByRole('heading', {name: 'Page not found'}).waitFor()
    await page.goto(`${bench.url}/a/b/c/d`)
    await page.getByRole('heading', {name: 'Page not found'}).waitFor()
    assert.equal((await get('/a/b/c/d')).status, 404)
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('404')),
      [],
    )
  })

  it('leaves programs to the API', async () => {
    const answer = await get('/api/nothing', {accept: '*/*'})
    assert.equal(answer.status, 404)
    assert.match(answer.headers.get('content-type') ?? '', /json/)
    assert.equal((await get('/health')).status, 200)
  })

  it('serves assets that may be kept for ever, compressed, and nothing else', async () => {
    const html = await (await get('/login')).text()
    const [path = ''] = /\/assets\/app-[\w-]+\.js/.exec(html) ?? []
    const script = await get(path, {'accept-encoding': 'gzip'})
    assert.equal(script.status, 200)
    assert.match(script.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(script.headers.get('content-encoding'), 'gzip')
    assert.ok(script.headers.get('etag'))
    const size = (await script.text()).length
    assert.ok(size < 240_000, `the script has grown to ${size} characters`)
    assert.notEqual((await get('/assets/../package.json')).status, 200)
    assert.equal((await get('/assets/missing.js', {accept: '*/*'})).status, 404)
  })

  it('allows no inline script and no inline style', async () => {
    const policy = (await get('/login')).headers.get('content-security-policy') ?? ''
    assert.match(policy, /script-src 'self'/)
    assert.doesNotMatch(policy, /unsafe/)
  })

  it('keeps the list up to date: new issues, names, runs, closing', async () => {
    const {page, problems} = await bench.open('/')
    await page.getByRole('heading', {name: 'No open issues'}).waitFor()
    const {body: issue} = await bench.owner('POST', '/api/issues', {
      body: {title: 'Appears', status: 'todo'},
    })
    await page.getByRole('link', {name: 'Appears'}).waitFor()
    const change = (body: object) => bench.owner('PATCH', `/api/issues/${issue.id}`, {body})
    await change({title: 'Renamed', assignee_type: 'agent', assignee_id: bench.agentId})
    const item = page.locator(`[data-issue="${issue.identifier}"]`)
    await item.getByText('Renamed').waitFor()
    await item.getByText('queued').waitFor()
    const run = await bench.claim()
    await item.getByText('Ada is working').waitFor()
    await run.complete('done')
    await item.locator('.label-running').waitFor({state: 'detached'})
    await change({status: 'done'})
    await item.waitFor({state: 'detached'})
    await page.getByRole('link', {name: /Closed/}).click()
    await page.getByText('Renamed').waitFor()
    assert.deepEqual(problems, [])
  })

  it('finds a run by its id alone', async () => {
    const {body: issue} = await bench.owner('POST', '/api/issues', {
      body: {title: 'By id', status: 'todo', assignee_type: 'agent', assignee_id: bench.agentId},
    })
    const run = await bench.claim()
    const {page} = await bench.open(`/tasks/${run.task.id}`)
    await page.waitForURL(`**/local/tasks/${run.task.id}`)
    await page.getByText(issue.identifier).waitFor()
    await run.complete('done')
  })
})
