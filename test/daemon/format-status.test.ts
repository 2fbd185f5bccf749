import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {AnyStatus, DaemonStatus} from '../../src/daemon/daemon-status.js'
import {formatStatus} from '../../src/daemon/format-status.js'

const paths = {config: '/c', agents: '/a', state: '/s', log: '/l', workspaces_root: '/w'}
const running: DaemonStatus = {
  status: 'running',
  pid: 7,
  uptime: '1m0s',
  daemon_id: 'box',
  device_name: 'box',
  server_url: 'http://localhost:8080',
  agents: ['claude', 'report'],
  workspaces: [{id: 'w1', runtimes: ['r1']}],
  state: 'ready',
  since: '2026-01-01T00:00:00.000Z',
  profile: null,
  port: 19514,
  connection: {state: 'unreachable', error: 'cannot reach x', since: 'then'},
  capacity: {used: 1, total: 20},
  tasks: [
    {
      ...{id: 't1', issue: 'LOC-3', provider: 'claude', worker_pid: 9, recoveries: 1},
      ...{phase: 'running', last_seq: 12, acked_seq: 10, acked_at: 'then', lost: 0},
      lag: {messages: 2, ms: 61_500},
    },
  ],
  sessions: [
    {id: 'w1', registered: true, stream: 'open', runtimes: [{id: 'r1', provider: 'claude'}]},
  ],
  paths,
  proxy: {url: 'http://proxy:3128', variable: 'HTTPS_PROXY'},
  transcripts: {lag_messages: 2, lag_ms: 61_500, lost: 0},
  lock: {
    pid: 7,
    since: 'then',
    server_url: 'http://localhost:8080',
    port: 19_514,
    mode: 'background',
  },
  problem: null,
  agent_problems: ['agent "x" of agents.json: no'],
}

test("the first lines of a running daemon are the original's", () => {
  const lines = formatStatus(running)
  assert.deepEqual(lines.slice(0, 3), [
    'Daemon:      running (pid 7, uptime 1m0s)',
    'Agents:      claude, report',
    'Workspaces:  1',
  ])
})

test('tells what is wrong, what runs and where things lie', () => {
  const text = formatStatus(running).join('\n')
  for (const part of [
    'http://localhost:8080 (unreachable: cannot reach x)',
    '1 of 20 in use',
    'Proxy:       http://proxy:3128 (HTTPS_PROXY)',
    'Transcripts: 2 messages wait, for 1m1s; 0 lost',
    'Lock:        held by pid 7 since then (background)',
    'Problem:     agent "x" of agents.json: no',
    'w1: claude; wake-ups open',
    'LOC-3 t1 claude, running, worker 9, 10 of 12 messages acknowledged, none for 1m1s, recovered 1 times',
    'http://127.0.0.1:19514/health',
    'Log:         /l',
  ]) {
    assert.ok(text.includes(part), `${part} in\n${text}`)
  }
})

test('a stopped and a silent daemon are told apart', () => {
  const known = {profile: 'dev', server_url: 'http://x', paths}
  const stopped: AnyStatus = {status: 'stopped', ...known}
  assert.equal(formatStatus(stopped)[0], 'Daemon [dev]: stopped')
  const holder = {pid: 9, since: 's', server_url: 'http://x', mode: 'background'} as const
  assert.match(
    formatStatus({status: 'not_responding', holder, ...known})[0] ?? '',
    /not responding \(pid 9, since s\)/,
  )
})
