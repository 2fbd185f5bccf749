import assert from 'node:assert/strict'
import {test} from 'node:test'
import {proxyInUse} from '../../src/client/proxy-in-use.js'

const server = 'https://multica.example.com'

test('names the proxy of the environment without its password (fault K2)', () => {
  const env = {HTTPS_PROXY: 'http://me:secret@proxy:3128'}
  assert.deepEqual(proxyInUse(server, env), {url: 'http://proxy:3128', variable: 'HTTPS_PROXY'})
  assert.equal(proxyInUse('http://multica.example.com', env), null)
  assert.equal(proxyInUse(server, {}), null)
})

test('small letters come first, and a proxy for HTTP serves HTTPS too', () => {
  const env = {http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2'}
  assert.deepEqual(proxyInUse(server, env), {url: 'http://a:1', variable: 'http_proxy'})
  assert.equal(proxyInUse(server, {https_proxy: '', HTTPS_PROXY: 'http://b:2'}), null)
})

test('a server that NO_PROXY spares is reached straight', () => {
  for (const list of ['*', 'example.com', '.example.com', 'x.org, *.example.com:443']) {
    const env = {HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: list}
    assert.deepEqual(proxyInUse(server, env), {url: null, variable: 'NO_PROXY'}, list)
  }
  const env = {HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'ample.com,example.com:8443'}
  assert.equal(proxyInUse(server, env)?.url, 'http://proxy:3128')
})
