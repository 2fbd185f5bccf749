import assert from 'node:assert/strict'
import {test} from 'node:test'
import {tokenFor} from '../../src/daemon/config-scope.js'

const settings = {token: 'mul_1', tokenSource: 'config' as const, serverUrl: 'https://here.example'}

test("a config's token goes to the server of the config alone", () => {
  assert.equal(tokenFor(settings, {server_url: 'https://here.example/'}), 'mul_1')
  assert.equal(tokenFor(settings, {}), 'mul_1')
  assert.equal(tokenFor(settings, {server_url: 'https://other.example'}), undefined)
  const named = {...settings, tokenSource: 'MULTICA_TOKEN' as const}
  assert.equal(tokenFor(named, {server_url: 'https://other.example'}), 'mul_1')
})
