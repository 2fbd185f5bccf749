import assert from 'node:assert/strict'
import {createServer, request} from 'node:http'
import type {AddressInfo} from 'node:net'
import {test} from 'node:test'
import {startHealthServer} from '../../src/daemon/health-server.js'
import {fetchHealth} from '../../src/daemon/local-client.js'

const health = async () => ({status: 'running', pid: 7})
const posts = {'/repo/checkout': async () => ({path: '/x'})}

function get(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({host: '127.0.0.1', port, path, headers}, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', reject)
    call.end()
  })
}

test('answers its health and nothing else', async () => {
  const server = await startHealthServer({port: 0, health, posts})
  try {
    assert.equal((await fetchHealth(server.port))?.pid, 7)
    assert.equal(await get(server.port, '/health?x', {}), 200)
    assert.equal(await get(server.port, '/repo/checkout', {}), 405)
    assert.equal(await get(server.port, '/', {}), 404)
  } finally {
    await server.close()
  }
  assert.equal(await fetchHealth(server.port), undefined)
})

test('refuses browsers and names that only look local', async () => {
  const server = await startHealthServer({port: 0, health, posts})
  try {
    assert.equal(await get(server.port, '/health', {origin: 'http://127.0.0.1'}), 403)
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io']) {
      assert.equal(await get(server.port, '/health', {host}), 403, host)
    }
    assert.equal(await get(server.port, '/health', {host: 'localhost:19514'}), 200)
  } finally {
    await server.close()
  }
})

test('takes a free port when somebody else holds the usual one', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve)
  })
  const {port} = other.address() as AddressInfo
  const server = await startHealthServer({port, health, posts})
  try {
    assert.notEqual(server.port, port)
    assert.equal((await fetchHealth(server.port))?.pid, 7)
  } finally {
    await server.close()
    await new Promise((resolve) => {
      other.close(resolve)
    })
  }
})
