import assert from 'node:assert/strict'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {type Call, caller} from '../../support/call.js'
import {packageRoot} from '../../support/run-cli.js'
import {describeOnBoth} from '../../support/test-database.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'
import {ROUTES} from './routes.js'

/** A route in a source file. */
const ROUTE = /router\s*\.(get|post|put|patch|delete)\(\s*'([^']+)'/g
/** Signing in needs no token; the ends of runs are told once, see the last tests and those of runs. */
const ELSEWHERE = /^\/auth\/|\/(complete|fail|cancelled)$/
const NOBODY = '00000000-0000-4000-8000-000000000000'

describeOnBoth('who may do what', (newDatabase) => {
  let server: WorkServer
  let own: StartedRun
  let other: StartedRun
  let fill: (text: string, run: StartedRun) => string

  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 10}})
    own = await server.run()
    other = await server.run()
    fill = (text, run) =>
      text
        .replaceAll('WORKSPACE', server.workspaceId)
        .replaceAll('ISSUE', run.issue.id)
        .replaceAll('TASK', run.task.id)
        .replaceAll('AGENT', server.agentId)
        .replaceAll('RUNTIME', server.runtimeId)
        .replaceAll('ID', NOBODY)
  })
  after(() => server.stop())

  const statusOf = async (
    {route, body}: {route: string; body?: object},
    run: StartedRun,
    token: string | undefined,
  ): Promise<number> => {
    const [method = '', path = ''] = fill(route, run).split(' ')
    const abort = new AbortController()
    try {
      const answer = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          'x-workspace-id': server.workspaceId,
          ...(token !== undefined && {authorization: `Bearer ${token}`}),
          ...(body && {'content-type': 'application/json'}),
        },
        ...(body && {body: fill(JSON.stringify(body), run)}),
        signal: abort.signal,
      })
      return answer.status
    } finally {
      // A stream would go on.
      abort.abort()
    }
  }
  const refused = async (
    routes: typeof ROUTES,
    run: StartedRun,
    token: string | undefined,
    allowed: readonly number[],
  ) => {
    for (const entry of routes) {
      const status = await statusOf(entry, run, token)
      assert.ok(allowed.includes(status), `${entry.route}: ${status}`)
    }
  }

  test('no route is left out here', async () => {
    const folder = join(packageRoot, 'server/routes')
    const missing: string[] = []
    for (const file of await readdir(folder)) {
      const source = await readFile(join(folder, file), 'utf8')
      for (const [, method = '', path = ''] of source.matchAll(ROUTE)) {
        // Routers stand below `/api` or further down.
        const tail = path === '/' ? '' : path.replaceAll(/:\w+/g, '[^/]+')
        const shape = new RegExp(`^${method.toUpperCase()} (/[a-z-]+)*${tail}$`)
        if (!ELSEWHERE.test(path) && !ROUTES.some(({route}) => shape.test(route))) {
          missing.push(`${method.toUpperCase()} ${path} of ${file}`)
        }
      }
    }
    assert.deepEqual(missing, [])
  })

  test('nothing but what is public goes without a token', async () => {
    await refused(ROUTES, own, undefined, [401])
    await refused(ROUTES, own, `mul_${'0'.repeat(40)}`, [401])
    // A worker reads 403 as a claim that is not its own any more (stream §7).
    await refused(ROUTES, own, `mult_${'0'.repeat(40)}`, [401, 403])
    assert.equal((await fetch(`${server.url}/health`)).status, 200)
  })

  test('a stranger sees nothing of the workspace, not even that it is there', async () => {
    const token = await server.strangerToken()
    // What is not theirs is left alone without a word, as the original does it.
    const silent = /deregister/
    const routes = ROUTES.filter(({people, route}) => !people && !silent.test(route))
    await refused(routes, own, token, [404])
    const quiet = ROUTES.filter(({route}) => silent.test(route))
    await refused(quiet, own, token, [200])
    const {body: runtimes} = await server.owner('GET', '/api/runtimes')
    assert.equal(runtimes[0].status, 'online')
  })

  test('a run may read its workspace and write on its own issue, and nothing else (fault I4)', async () => {
    const token = own.task.task_token ?? ''
    await refused(
      ROUTES.filter(({agent}) => agent === undefined),
      own,
      token,
      [401, 403],
    )
    await refused(
      ROUTES.filter(({agent}) => agent === 'own'),
      other,
      token,
      [401, 403],
    )
    const may = ROUTES.filter(({agent}) => agent !== undefined)
    // Message 1 is not there yet.
    await refused(may, own, token, [200, 201, 204, 404])
    await refused(
      ROUTES.filter(({agent}) => agent === 'everywhere'),
      other,
      token,
      [200, 204, 404],
    )
  })

  test('a run ends no other run', async () => {
    for (const end of ['complete', 'fail', 'cancelled']) {
      const body = {output: 'x', error: 'x', last_seq: 0}
      const route = `POST /api/daemon/tasks/TASK/${end}`
      const status = await statusOf({route, body}, other, own.task.task_token)
      assert.ok([401, 403].includes(status), `${end}: ${status}`)
    }
  })

  test('the token of a run dies with it', async () => {
    const token = other.task.task_token ?? ''
    const {path, worker} = other
    assert.equal(
      (await worker('POST', `${path}/fail`, {body: {error: 'x', last_seq: 0}})).status,
      200,
    )
    // Its own stream still tells it how the run ended.
    const writes = ROUTES.filter(({route, agent}) => agent && !/daemon|stream/.test(route))
    await refused(writes, other, token, [401, 403])
    // That of another run is none of its business any more.
    const everywhere = ROUTES.filter(({agent}) => agent === 'everywhere')
    await refused(everywhere, own, token, [401, 403])
    const late = await worker('POST', `${path}/messages`, {
      body: {messages: [{seq: 1, type: 'text'}]},
    })
    assert.ok([403, 410].includes(late.status))
  })

  test('a token that is revoked or has expired is one no more', async () => {
    const made = (await server.owner('POST', '/api/tokens', {body: {name: 'short'}})).body
    const call: Call = caller(server.url, made.token)
    assert.equal((await call('GET', '/api/me')).status, 200)
    await server.owner('DELETE', `/api/tokens/${made.id}`)
    assert.equal((await call('GET', '/api/me')).status, 401)
  })

  test('a cookie works for our own pages only', async () => {
    const {body: link} = await server.owner('POST', '/api/sign-in-links')
    const code = new URL(link.url).searchParams.get('code')
    const signIn = await fetch(`${server.url}/auth/link`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({code}),
    })
    const cookie = signIn.headers.get('set-cookie') ?? ''
    assert.match(cookie, /^multica_session=[^;]+;.*HttpOnly/i)
    assert.match(cookie, /SameSite=Lax/i)
    const again = await fetch(`${server.url}/auth/link`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({code}),
    })
    assert.ok(again.status >= 400, 'a link works once')
    const write = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/issues`, {
        method: 'POST',
        headers: {
          cookie: cookie.split(';')[0] ?? '',
          'content-type': 'application/json',
          'x-workspace-id': server.workspaceId,
          ...headers,
        },
        body: JSON.stringify({title: 'By cookie'}),
      })
    assert.equal((await write({})).status, 403)
    assert.equal((await write({'sec-fetch-site': 'cross-site'})).status, 403)
    assert.equal((await write({'sec-fetch-site': 'same-site'})).status, 403)
    assert.equal((await write({origin: 'http://evil.example'})).status, 403)
    assert.equal((await write({'sec-fetch-site': 'same-origin'})).status, 201)
    assert.equal((await write({origin: server.url})).status, 201)
  })

  test('a repeated creating call creates once', async () => {
    for (const [path, body] of [
      ['/api/issues', {title: 'Once'}],
      ['/api/skills', {name: 'once'}],
      ['/api/agents', {name: 'once', runtime_id: server.runtimeId}],
      ['/api/workspaces', {name: 'Once', slug: 'once'}],
    ] as const) {
      const headers = {'idempotency-key': `key ${path}`.replaceAll(' ', '-')}
      const first = await server.owner('POST', path, {body, headers})
      const second = await server.owner('POST', path, {body, headers})
      assert.equal(first.status, 201, JSON.stringify(first.body))
      assert.deepEqual([second.status, second.body.id], [201, first.body.id], path)
    }
  })
})
