import assert from 'node:assert/strict'
import {test} from 'node:test'
import {healthPortOf, resolveDaemonSettings} from '../../src/settings/daemon-settings.js'

test('defaults are those of the contract', () => {
  const settings = resolveDaemonSettings(undefined, {}, {})
  assert.equal(settings.pollIntervalMs, 3000)
  assert.equal(settings.heartbeatIntervalMs, 15_000)
  assert.equal(settings.agentTimeoutMs, null)
  assert.equal(settings.maxConcurrentTasks, 20)
  assert.equal(settings.healthPort, 19_514)
})

test('a flag wins over its variable', () => {
  const env = {MULTICA_DAEMON_POLL_INTERVAL: '9s', MULTICA_AGENT_TIMEOUT: '1h'}
  assert.equal(resolveDaemonSettings(undefined, {}, env).pollIntervalMs, 9000)
  assert.equal(resolveDaemonSettings(undefined, {'poll-interval': '1s'}, env).pollIntervalMs, 1000)
  assert.equal(resolveDaemonSettings(undefined, {}, env).agentTimeoutMs, 3_600_000)
})

test('values of zero or less are refused by name', () => {
  const wrong: Record<string, string>[] = [
    {MULTICA_DAEMON_POLL_INTERVAL: '0'},
    {MULTICA_DAEMON_HEARTBEAT_INTERVAL: '-1s'},
    {MULTICA_AGENT_TIMEOUT: '0s'},
    {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: '0'},
    {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: '-3'},
    {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: '2.5'},
    {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: 'many'},
  ]
  for (const env of wrong) {
    const [name] = Object.keys(env)
    assert.throws(() => resolveDaemonSettings(undefined, {}, env), new RegExp(`AppError: ${name}:`))
  }
})

test('the port of a profile is what an original command line computes', () => {
  assert.equal(healthPortOf('dev'), 19_834)
})

test('the daemon id carries the profile once', () => {
  const id = (env: Record<string, string>) => resolveDaemonSettings('dev', {}, env).daemonId
  assert.equal(id({MULTICA_DAEMON_ID: 'box'}), 'box-dev')
  assert.equal(id({MULTICA_DAEMON_ID: 'box-dev'}), 'box-dev')
})
