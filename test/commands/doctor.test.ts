import assert from 'node:assert/strict'
import {mkdir, writeFile} from 'node:fs/promises'
import {createServer, request} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {lookAtServer} from '../../src/doctor/look-at-server.js'
import {readSettings} from '../../src/settings/settings.js'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {runCli} from '../support/run-cli.js'

/** A proxy that passes an answer on when it has the whole of it. */
async function startBufferingProxy(targetUrl: string) {
  const server = createServer((req, res) => {
    const {method, headers} = req
    const onward = request(`${targetUrl}${req.url}`, {method, headers}, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('end', () => {
        const {'transfer-encoding': _chunked, ...kept} = answer.headers
        res.writeHead(answer.statusCode ?? 502, kept).end(Buffer.concat(chunks))
      })
    })
    onward.once('error', () => res.destroy())
    res.once('close', () => onward.destroy())
    req.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('multica doctor', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
    await mkdir(join(bench.home, '.multica'), {recursive: true})
    const echo = {type: 'command', command: [process.execPath, '-e', '0']}
    await writeFile(join(bench.home, '.multica', 'agents.json'), JSON.stringify({echo}))
  })
  after(() => bench.close())
  const doctor = (env: Record<string, string>, ...args: string[]) =>
    runCli(['doctor', ...args], {home: bench.home, env})
  const look = (serverUrl: string) =>
    lookAtServer({
      settings: readSettings({
        env: {MULTICA_TOKEN: bench.token, MULTICA_SERVER_URL: serverUrl, HOME: bench.home},
      }),
      signal: new AbortController().signal,
      limitMs: 700,
    })

  it('says that everything is well, and where the settings are', async () => {
    const env = {MULTICA_SERVER_URL: bench.server.url, MULTICA_TOKEN: bench.token}
    const {code, stdout, stderr} = await doctor(env)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^✓ Server +http:\/\/127.+ answers$/m)
    assert.match(stdout, /^✓ Stream +events come at once/m)
    assert.match(stdout, /^✓ Agents +.*echo/m)
    assert.match(stdout, /^! Daemon +not running\n +→ multica daemon start$/m)
    assert.match(stdout, /^ {2}Config .*config\.json$/m)
  })

  it('ends with 1 and names the fix of what is wrong', async () => {
    const away = await doctor({
      MULTICA_SERVER_URL: 'http://127.0.0.1:9',
      MULTICA_TOKEN: bench.token,
    })
    assert.equal(away.code, 1)
    assert.match(away.stdout, /^✗ Server +cannot reach .+\n +→ .*multica serve/m)
    assert.match(away.stdout, /^· Stream +not looked at$/m)
    const nobody = await doctor({MULTICA_SERVER_URL: bench.server.url}, '--json')
    assert.equal(nobody.code, 1)
    const login = JSON.parse(nobody.stdout).find(({what}: {what: string}) => what === 'Sign-in')
    assert.deepEqual([login.state, login.fix], ['problem', 'multica login'])
  })

  it('finds a proxy that holds streams back (faults U7, U43)', async () => {
    const [, , well] = await look(bench.server.url)
    assert.equal(well?.state, 'ok', well?.text)
    const proxy = await startBufferingProxy(bench.server.url)
    const [server, login, stream] = await look(proxy.url)
    proxy.close()
    assert.deepEqual([server?.state, login?.state], ['ok', 'ok'])
    assert.equal(stream?.state, 'problem')
    assert.match(stream?.text ?? '', /holds answers back/)
  })
})
