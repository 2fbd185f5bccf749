// The whole product behind an nginx that was told nothing but where to pass requests.
import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {openBrowser} from '../support/browser.js'
import {followWithCuts} from '../support/following.js'
import {openSse, type SseReader} from '../support/sse-reader.js'
import {until} from '../support/until.js'
import {type NginxBench, startNginxBench} from './nginx-bench.js'

const COUNT = 1500
const SHORT_COUNT = 300
/** Says numbers, 50 a second. */
const counter = (count: number) => `
  for (let n = 1; n <= ${count}; n++) {
    console.log(JSON.stringify({type: 'status', content: 'n' + n}))
    if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 100))
  }
  console.log(JSON.stringify({type: 'result', output: 'counted'}))`
/** Two tool outputs of 1 MiB, the second of which no compression brings below 1 MiB; a result of 1 MiB. */
const HEAVY = `
  import {randomBytes} from 'node:crypto'
  const say = (line) => console.log(JSON.stringify(line))
  const base64 = randomBytes(786_000).toString('base64')
  const any = randomBytes(1_040_000).map((byte) => byte & 127 || 1)
  for (const output of [base64, Buffer.from(any).toString('latin1')]) {
    say({type: 'tool_use', tool: 'cat', input: {}})
    say({type: 'tool_result', output})
  }
  for (let n = 0; n < 1000; n++) say({type: 'status', content: 'filler ' + n + ' ' + base64.slice(n, n + 1500)})
  say({type: 'result', output: base64})`
const WAITER = `
  console.log(JSON.stringify({type: 'status', content: 'ready'}))
  await new Promise((resolve) => setTimeout(resolve, 66_000))
  console.log(JSON.stringify({type: 'status', content: 'after a minute'}))
  console.log(JSON.stringify({type: 'result', output: 'waited'}))`

const upTo = (last: number) => Array.from({length: last}, (_, index) => index + 1)

describe('behind nginx with default settings', () => {
  let bench: NginxBench
  let quiet: {reader: SseReader; workspace: SseReader; since: number}
  const stream = (taskId: string) => `${bench.nginx.url}/api/tasks/${taskId}/stream`
  const events = () => `${bench.nginx.url}/api/events?workspace_id=${bench.workspaceId}`

  before(async () => {
    bench = await startNginxBench({
      counter: counter(COUNT),
      short: counter(SHORT_COUNT),
      heavy: HEAVY,
      waiter: WAITER,
    })
  })
  after(() => bench?.stop())

  it('a stream begins at once, and every message comes when it was said', async () => {
    const {taskId} = await bench.assign('waiter')
    const began = Date.now()
    const reader = await openSse(stream(taskId), {token: bench.token})
    await until('the first event came', () => reader.named('task:status').length > 0, 2000)
    assert.ok(Date.now() - began < 2000)
    await until('a message came', () => reader.seqs().length === 1, 20_000)
    assert.equal(reader.headers['content-type'], 'text/event-stream; charset=utf-8')
    const workspace = await openSse(events(), {token: bench.token})
    // Goes on while the other tests work.
    quiet = {reader, workspace, since: Date.now()}
  })

  it('a reader that is cut off resumes on whichever server takes it (fault A11)', async () => {
    const {taskId} = await bench.assign('short')
    const {seqs, connections} = await followWithCuts(stream(taskId), bench.token, 'header')
    assert.deepEqual(seqs, upTo(SHORT_COUNT))
    assert.ok(connections >= 6)
  })

  it('messages of 1 MiB arrive, and one that cannot pass says how it was cut', async () => {
    const {taskId} = await bench.assign('heavy')
    const tail = await bench.cli(['task', 'tail', taskId, '--json'], 120_000).done
    assert.equal(tail.code, 0, tail.stderr)
    const messages: TaskMessage[] = []
    for (let since = 0; messages.length < 1004; since = messages.at(-1)?.seq ?? 0) {
      const page = await bench.api.messages(taskId, {since})
      assert.ok(page.length > 0, `${messages.length} messages`)
      messages.push(...page)
    }
    assert.deepEqual(
      messages.map(({seq}) => seq),
      upTo(1004),
    )
    const outputs = messages.filter(({type}) => type === 'tool_result')
    assert.deepEqual(
      outputs.map(({truncated, output}) => [truncated ?? false, output?.length]),
      [
        [false, 1_048_000],
        [true, 520_000],
      ],
    )
    assert.equal(outputs[1]?.bytes_total, 1_040_000)
    assert.equal((await bench.api.task(taskId)).result?.output.length, 1_048_000)
    assert.match(await bench.nginx.errors(), /intended to send too large body/)
  })

  it('a page in a browser is live, and takes a comment', async () => {
    const {url: link} = await bench.api.createSignInLink()
    const browser = await openBrowser()
    try {
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(String(error)))
      await page.goto(link)
      await page.waitForURL('**/issues')
      const {number} = await bench.assign('short')
      await page.goto(`${bench.nginx.url}/local/issues/${number}`)
      await page.evaluate(() => Object.assign(window, {same: true}))
      await page.locator('.live-card', {hasText: 'short is working'}).waitFor()
      await page.getByLabel('Comment').first().fill('Seen through nginx')
      await page.getByRole('button', {name: 'Comment'}).click()
      await page.locator('.timeline', {hasText: 'Seen through nginx'}).waitFor()
      await page.locator('.timeline', {hasText: 'counted'}).waitFor({timeout: 60_000})
      assert.equal(await page.evaluate(() => 'same' in window), true)
      assert.deepEqual(problems, [])
    } finally {
      await browser.close()
    }
  })

  it('streams without news stay open for longer than the minute that nginx waits (fault K4)', async () => {
    const {reader, workspace, since} = quiet
    await until('the minute is over', () => reader.ended, 90_000)
    assert.ok(Date.now() - since > 62_000)
    assert.deepEqual(reader.seqs(), [1, 2])
    assert.equal(reader.named('end').length, 1)
    assert.ok(reader.comments.length >= 5)
    assert.equal(workspace.ended, false)
    workspace.close()
  })

  it('both servers are replaced under load: no command fails, nothing is lost (fault A12)', async () => {
    const {taskId, issueId} = await bench.assign('counter')
    const tail = bench.cli(['task', 'tail', taskId, '--json'], 180_000)
    const page = followWithCuts(stream(taskId), bench.token, 'query')
    let over = false
    const commands = (async () => {
      const failed: string[] = []
      for (let n = 0; !over; n++) {
        const add = ['issue', 'comment', 'add', issueId, '--content', `comment ${n}`]
        for (const args of [add, ['issue', 'list']]) {
          const {code, stderr} = await bench.cli(args).done
          if (code !== 0) failed.push(`${args.join(' ')}: ${code} ${stderr}`)
        }
      }
      return failed
    })()
    await until('it counts', () => tail.stdout.split('\n').length > 50, 30_000)
    await bench.restart(0)
    // A server that has refused a connection is left alone for 10 s (fail_timeout), in whole seconds.
    const restarted = Date.now()
    await until('nginx asks it again', () => Date.now() - restarted > 12_500, 20_000)
    await bench.restart(1)
    over = true
    assert.deepEqual(await commands, [], await bench.nginx.errors())
    const {code, stdout, stderr} = await tail.done
    assert.equal(code, 0, stderr)
    const seqs = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq)
      .filter((seq) => seq !== undefined)
    assert.deepEqual(seqs, upTo(COUNT))
    assert.equal(stderr.match(/cannot reach|error/i), null, stderr)
    assert.deepEqual((await page).seqs, upTo(COUNT))
  })
})
