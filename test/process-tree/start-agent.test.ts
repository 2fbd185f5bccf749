import assert from 'node:assert/strict'
import {tmpdir} from 'node:os'
import {resolve} from 'node:path'
import {test} from 'node:test'
import {setTimeout as sleep} from 'node:timers/promises'
import {startAgent} from '../../src/process-tree/start-agent.js'
import {stopTree} from '../../src/process-tree/stop-tree.js'
import {startScript} from '../support/start-script.js'

async function linesOf(stdout: AsyncIterable<string>): Promise<string[]> {
  const lines: string[] = []
  for await (const line of stdout) lines.push(line)
  return lines
}

test('a program that cannot be started is named with the way out (fault G6)', async () => {
  const run = {cwd: tmpdir(), env: {PATH: '/nowhere'}}
  await assert.rejects(startAgent({argv: ['not-there']}, run), /cannot start not-there: not found/)
  await assert.rejects(startAgent({argv: [resolve('package.json')]}, run), /it is not executable/)
  const gone = {...run, cwd: '/nowhere/at-all'}
  await assert.rejects(startAgent({argv: [process.execPath]}, gone), /the folder \/nowhere\/at-all/)
})

test('it runs in a group of its own, with its exit and its start time known', async () => {
  const {io, pid, start} = await startScript('console.log(process.pid); process.exitCode = 4')
  assert.deepEqual(await linesOf(io.stdout), [String(pid)])
  assert.deepEqual(await io.exited, {code: 4, signal: null})
  assert.match(start ?? '', /^\d+$/)
})

test('the exit is told when the last words on standard error are known (fault G4)', async () => {
  const words =
    'console.error("x".repeat(300_000)); console.error("the reason"); process.exitCode = 1'
  for (let turn = 0; turn < 5; turn++) {
    const {io} = await startScript(words)
    await io.exited
    assert.match(io.stderrTail(), /the reason$/)
    assert.ok(io.stderrTail().length <= 64 * 1024)
  }
})

/** What nobody reads is closed by then, unless something has been said. */
const LONGER_THAN_AFTERMATH_MS = 500

test('what a program said is there when it has exited before anybody reads (fault A14)', async () => {
  const words = 'for (let n = 0; n < 2000; n++) console.log("line " + n)'
  const {io} = await startScript(words, {}, {aftermathMs: 100})
  await io.exited
  await sleep(LONGER_THAN_AFTERMATH_MS)
  assert.deepEqual(
    await linesOf(io.stdout),
    Array.from({length: 2000}, (_, n) => `line ${n}`),
  )
})

test('what a program said is kept for its reader while a descendant holds the output', async () => {
  const env = {MULTICA_TASK_ID: `a14-${process.pid}-kept`}
  const staying = leaving('setInterval(() => {}, 1000)')
  const agent = await startScript(staying, env, {aftermathMs: 100})
  await agent.io.exited
  await sleep(LONGER_THAN_AFTERMATH_MS)
  const lines = await linesOf(agent.io.stdout)
  const root = {pid: agent.pid, start: agent.start, taskId: env.MULTICA_TASK_ID}
  assert.deepEqual((await stopTree(root, {graceMs: 5000})).survivors, [])
  assert.deepEqual(lines, ['said'])
})

/** Starts a descendant that leaves the group and holds the pipes, and exits. */
const leaving = (descendant: string) =>
  `const {spawn} = require('node:child_process')
   spawn(process.execPath, ['-e', ${JSON.stringify(descendant)}], {detached: true, stdio: 'inherit'}).unref()
   console.log('said')`

test('a silent descendant that holds the output cannot hold the run (fault E1)', async () => {
  const env = {MULTICA_TASK_ID: `e1-${process.pid}-silent`}
  const agent = await startScript(leaving('setInterval(() => {}, 1000)'), env)
  assert.deepEqual(await linesOf(agent.io.stdout), ['said'])
  const root = {pid: agent.pid, start: agent.start, taskId: env.MULTICA_TASK_ID}
  assert.deepEqual((await stopTree(root, {graceMs: 5000})).survivors, [])
})

test('what comes while this process is busy or frozen is heard all the same (fault A14)', async () => {
  const env = {MULTICA_TASK_ID: `a14-${process.pid}-busy`}
  const late = 'setTimeout(() => console.log("late"), 500); setInterval(() => {}, 1000)'
  const agent = await startScript(leaving(late), env)
  const lines: string[] = []
  for await (const line of agent.io.stdout) {
    lines.push(line)
    if (line !== 'said') continue
    await agent.io.exited
    // Timers are next after this, and input comes after them.
    await new Promise((resolve) => setImmediate(resolve))
    for (const end = performance.now() + 2000; performance.now() < end; );
  }
  assert.deepEqual(lines, ['said', 'late'])
  const root = {pid: agent.pid, start: agent.start, taskId: env.MULTICA_TASK_ID}
  assert.deepEqual((await stopTree(root, {graceMs: 5000})).survivors, [])
})

test('a descendant that talks on is heard, for a limited time (fault E1)', async () => {
  const env = {MULTICA_TASK_ID: `e1-${process.pid}-talking`}
  const talking = 'setInterval(() => console.log("more"), 20)'
  const agent = await startScript(leaving(talking), env, {aftermathMs: 500})
  const lines = await linesOf(agent.io.stdout)
  assert.ok(lines.includes('said') && lines.includes('more'))
  const root = {pid: agent.pid, start: agent.start, taskId: env.MULTICA_TASK_ID}
  assert.deepEqual((await stopTree(root, {graceMs: 5000})).survivors, [])
})

test('a slow reader gets everything that a program has left behind (fault A14)', async () => {
  const script =
    'process.stdout.write(("y".repeat(99) + "\\n").repeat(20_000), () => process.exit())'
  const {io} = await startScript(script, {}, {aftermathMs: 1})
  let count = 0
  for await (const line of io.stdout) {
    assert.equal(line.length, 99)
    if (++count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await io.exited
  assert.equal(count, 20_000)
})

test('closing the pipes ends the reading, and writing to what is gone is no error', async () => {
  const agent = await startScript('setInterval(() => console.log("tick"), 10)')
  const reading = linesOf(agent.io.stdout)
  agent.closePipes()
  await reading
  await agent.io.write('anybody there?')
  agent.io.endInput()
  assert.deepEqual((await stopTree({pid: agent.pid, start: agent.start})).survivors, [])
})
