import assert from 'node:assert/strict'
import {readFile, rm, stat} from 'node:fs/promises'
import {after, before, beforeEach, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {runCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'

describe('sign-in and settings', () => {
  let bench: CliBench
  let home: string
  before(async () => {
    bench = await createCliBench()
  })
  beforeEach(async () => {
    if (home) await rm(home, {recursive: true, force: true})
    home = await tempFolder()
  })
  after(async () => {
    await rm(home, {recursive: true, force: true})
    await bench.close()
  })

  const run = (args: string[], input?: string) =>
    runCli(args, {home, ...(input !== undefined && {input})})
  const login = (token: string, ...flags: string[]) =>
    run(['login', '--token', '--server-url', bench.server.url, ...flags], `${token}\n`)
  const config = async () => JSON.parse(await readFile(`${home}/.multica/config.json`, 'utf8'))

  it('signs in with a token from standard input and out again', async () => {
    const token = await bench.server.createOwnerToken('cli')
    const signedIn = await login(token)
    assert.equal(signedIn.code, 0, signedIn.stderr)
    assert.deepEqual(await config(), {
      server_url: bench.server.url,
      token,
      workspace_id: bench.workspaceId,
      watched_workspaces: [{id: bench.workspaceId, name: 'Local'}],
    })
    assert.equal((await stat(`${home}/.multica/config.json`)).mode & 0o777, 0o600)
    const status = await run(['auth', 'status'])
    assert.match(
      status.stderr,
      new RegExp(`^Server: ${bench.server.url}\nUser: .*\nToken: +${token.slice(0, 12)}\\.\\.\\.`),
    )
    assert.ok(!`${status.stderr}${signedIn.stderr}${signedIn.stdout}`.includes(token))
    assert.equal((await run(['agent', 'list'])).code, 0)
    assert.equal((await run(['auth', 'logout'])).stderr, 'Signed out.\n')
    assert.equal((await config()).token, undefined)
    assert.equal((await login(token)).code, 4, 'the token is revoked')
  })

  it('keeps nothing of a token that is wrong', async () => {
    const unknown = await login(`mul_${'0'.repeat(40)}`)
    assert.equal(unknown.code, 4)
    assert.match(unknown.stderr, /^Error: invalid token: /)
    const shape = await login('ghp_x')
    assert.deepEqual(
      [shape.code, shape.stderr],
      [2, 'Error: invalid token format: must start with mul_\n'],
    )
    assert.equal((await run(['login', '--server-url', bench.server.url], '')).code, 2)
    await assert.rejects(config())
    const status = await run(['auth', 'status'])
    assert.deepEqual(
      [status.code, status.stderr],
      [0, "Not authenticated. Run 'multica login' to authenticate.\n"],
    )
    assert.equal((await run(['issue', 'list'])).code, 4)
  })

  it('keeps profiles apart, and knows a mistyped one', async () => {
    const token = await bench.server.createOwnerToken('cli')
    assert.equal((await login(token, '--profile', 'work')).code, 0)
    assert.equal((await run(['issue', 'list', '--profile', 'work'])).code, 0)
    assert.equal((await run(['issue', 'list'])).code, 4)
    const wrong = await run(['issue', 'list', '--profile', 'wrok'])
    assert.equal(wrong.code, 5)
    assert.match(wrong.stderr, /profile "wrok".*known ones: work/)
  })

  it('prints a link that signs a browser in once', async () => {
    const link = await bench.run(['auth', 'link'])
    assert.equal(link.code, 0, link.stderr)
    assert.match(link.stdout, /^http:\/\/127\.0\.0\.1:\d+\/auth\/link\?code=\w+\n$/)
  })

  it('shows and changes settings, but never the token', async () => {
    assert.equal((await run(['config', 'set', 'server_url', 'wss://example.com/ws'])).code, 0)
    assert.equal((await run(['config', 'set', 'workspace_id', 'my-team'])).code, 0)
    const shown = await run(['config'])
    assert.equal(
      shown.stdout,
      `Config file:   ${home}/.multica/config.json\nserver_url:    https://example.com\napp_url:       (not set)\nworkspace_id:  my-team\n`,
    )
    assert.equal((await run(['config', 'show'])).stdout, shown.stdout)
    await run(['config', 'set', 'workspace_id', ''])
    assert.equal((await config()).workspace_id, undefined)
    const key = await run(['config', 'set', 'token', 'x'])
    assert.deepEqual(
      [key.code, key.stderr],
      [2, 'Error: unknown config key "token" (supported: server_url, app_url, workspace_id)\n'],
    )
    assert.equal((await run(['config', 'set', 'server_url', 'ftp://x'])).code, 2)
  })

  it('names the closest command for an unknown word', async () => {
    const group = await run(['agent', 'lst'])
    assert.equal(group.code, 2)
    assert.equal(
      group.stderr,
      'Error: unknown command "agent lst" for "multica"\nDid you mean "multica agent list"?\nRun "multica help agent" for a list.\n',
    )
    assert.equal((await run(['nonsense'])).code, 2)
    assert.equal((await run(['agent'])).code, 0)
    assert.equal((await run(['task', 'tail', '--help'])).code, 0)
    const version = await run(['version'])
    assert.match(version.stdout, /^multica \d+\.\d+\.\d+ \(/)
  })

  it('says which server does not answer, and which command starts one', async () => {
    await bench.stopServer()
    const {code, stderr} = await run(['agent', 'list', '--server-url', bench.server.url])
    await bench.startServer()
    assert.equal(code, 4, 'nobody is signed in')
    assert.match(stderr, /multica login/)
    await bench.stopServer()
    const down = await bench.run(['agent', 'list'])
    await bench.startServer()
    assert.equal(down.code, 6)
    assert.match(
      down.stderr,
      /^Error: cannot reach http:\/\/127\.0\.0\.1:\d+: nothing listens there\n.*"multica serve".*"multica up"/,
    )
  })
})
