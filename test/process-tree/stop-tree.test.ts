import assert from 'node:assert/strict'
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {after, test} from 'node:test'
import {findOrphans, findTree, TASK_VARIABLE} from '../../src/process-tree/find-tree.js'
import {listProcesses, processStartTime} from '../../src/process-tree/process-table.js'
import {stopTree} from '../../src/process-tree/stop-tree.js'
import {until} from '../support/until.js'

const started: {child: ChildProcess; taskId: string}[] = []
after(async () => {
  for (const {child, taskId} of started) {
    child.stdout?.destroy()
    const isRunning = child.exitCode === null && child.signalCode === null
    await stopTree({pid: isRunning ? (child.pid ?? -1) : -1, taskId}, {graceMs: 0})
  }
})

interface Tree {
  pid: number
  start: string
  taskId: string
  /** Pids that the processes of the tree have printed. */
  pids: number[]
}

let turn = 0
/** Starts a shell script in a group of its own; each of its processes prints its pid. */
async function startTree(
  script: string,
  count: number,
  env: Record<string, string> = {},
): Promise<Tree> {
  const taskId = `task-${process.pid}-${++turn}`
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {PATH: process.env.PATH, [TASK_VARIABLE]: taskId, ...SCRIPTS, ...env},
  })
  started.push({child, taskId})
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  const pids = await until('the tree is complete', () => {
    const lines = said.split('\n').slice(0, -1)
    return lines.length >= count && lines.map(Number)
  })
  const pid = child.pid as number
  return {pid, start: (await processStartTime(pid)) ?? '', taskId, pids}
}

const alive = async (pids: readonly number[]) => {
  const table = await listProcesses()
  return pids.filter((pid) => table.some((entry) => entry.pid === pid))
}

/** Scripts that the shells of a tree start, by the names under which they find them. */
const SCRIPTS = {
  LEAF: 'echo $$; exec sleep 600',
  BRANCH: 'echo $$; sh -c "$LEAF" & wait',
  LEAVE: 'setsid sh -c "$LEAF" &',
  DEAF: "trap '' TERM INT; echo $$; while :; do sleep 1; done",
  /** Each starts its successor in a new session and goes: no look at the table sees all of it. */
  FORK: `trap '' TERM INT; echo $$; [ "$N" -gt 0 ] || exec sleep 600
         N=$((N-1)) setsid sh -c "$FORK" & sleep 0.01`,
}
const CHILDREN = 'echo $$; sh -c "$LEAF" & sh -c "$BRANCH" & wait'
/** A grandchild in a session of its own whose parent has gone. */
const ORPHAN = 'echo $$; sh -c "$LEAVE"; exec sleep 600'

test('children and grandchildren are found and ended (fault D1)', async () => {
  const tree = await startTree(CHILDREN, 4)
  const found = await findTree(tree)
  assert.deepEqual(found.map(({pid}) => pid).sort(), [...tree.pids].sort())
  const {survivors} = await stopTree(tree)
  assert.deepEqual(survivors, [])
  assert.deepEqual(await alive(tree.pids), [])
})

test('a grandchild in its own session is found by walking, while its parent lives', async () => {
  const tree = await startTree('echo $$; setsid -w sh -c "$LEAF" & wait', 2, {
    [TASK_VARIABLE]: '',
  })
  const found = await findTree({pid: tree.pid, start: tree.start})
  assert.ok(tree.pids.every((pid) => found.some((entry) => entry.pid === pid)))
  await stopTree({pid: tree.pid, start: tree.start})
  assert.deepEqual(await alive(tree.pids), [])
})

test('an orphan in its own session is found by the id of its task', async () => {
  const tree = await startTree(ORPHAN, 2)
  const orphan = tree.pids.find((pid) => pid !== tree.pid) as number
  await until('the orphan has lost its parent', async () => {
    const entry = (await listProcesses()).find(({pid}) => pid === orphan)
    return entry !== undefined && !tree.pids.includes(entry.parent) && entry.group === orphan
  })
  const without = await findTree({pid: tree.pid, start: tree.start})
  assert.ok(!without.some(({pid}) => pid === orphan))
  assert.ok((await findTree(tree)).some(({pid}) => pid === orphan))
  assert.deepEqual((await stopTree(tree)).survivors, [])
  assert.deepEqual(await alive(tree.pids), [])
})

test('what is left of a task is found without its root, by the whole id', async () => {
  const tree = await startTree(ORPHAN, 2)
  process.kill(tree.pid, 'SIGKILL')
  await until('the root is gone', async () => (await alive([tree.pid])).length === 0)
  const pids = async (taskId: string) => (await findOrphans(taskId)).map(({pid}) => pid)
  const [orphan] = await alive(tree.pids)
  assert.deepEqual(await pids(tree.taskId), [orphan])
  assert.deepEqual(await pids(tree.taskId.slice(0, -1)), [])
  await stopTree({pid: -1, taskId: tree.taskId})
  assert.deepEqual(await pids(tree.taskId), [])
})

test('a tree that ignores every request is killed after the grace', async () => {
  const deaf = `trap '' TERM INT; echo $$; sh -c "$DEAF" & while :; do sleep 1; done`
  const tree = await startTree(deaf, 2)
  const {survivors, tookMs} = await stopTree(tree, {firstSignal: 'SIGINT', graceMs: 300})
  assert.deepEqual(survivors, [])
  assert.ok(tookMs >= 300, 'the grace was granted')
  assert.deepEqual(await alive(tree.pids), [])
})

test('a tree that forks while it is killed is killed to the last of it', async () => {
  const tree = await startTree('exec sh -c "$FORK"', 5, {N: '60'})
  const {survivors} = await stopTree(tree, {graceMs: 50})
  assert.deepEqual(survivors, [])
  assert.deepEqual(await findOrphans(tree.taskId), [])
})

test('a program may clean up on SIGINT and is asked in its own protocol first', async () => {
  const tree = await startTree(
    `trap 'exit 0' INT; trap '' TERM; echo $$; while :; do sleep 0.05; done`,
    1,
  )
  let asked = 0
  const {survivors} = await stopTree(tree, {
    firstSignal: 'SIGINT',
    interrupt: async () => void asked++,
    interruptMs: 0,
    graceMs: 60_000,
  })
  assert.deepEqual([survivors, asked], [[], 1])
})

test('an interrupt that fails or never answers stops nothing', async () => {
  for (const interrupt of [
    () => new Promise<void>(() => undefined),
    () => Promise.reject(new Error()),
  ]) {
    const tree = await startTree(SCRIPTS.LEAF, 1)
    assert.deepEqual((await stopTree(tree, {interrupt, interruptMs: 20})).survivors, [])
  }
})

test('a process that got the pid of a dead one is never touched', async () => {
  const tree = await startTree(CHILDREN, 4, {[TASK_VARIABLE]: 'somebody else'})
  const reused = {pid: tree.pid, start: `${Number(tree.start) - 1}`, taskId: 'nobody'}
  assert.deepEqual(await findTree(reused), [])
  await stopTree(reused, {graceMs: 0})
  assert.deepEqual(await alive(tree.pids), tree.pids)
  await stopTree(tree)
})

test('zombies do not count', async () => {
  // The parent never waits for its child.
  const script = `echo $$; perl -e '$| = 1; my $pid = fork(); if (!$pid) { print "$$\\n"; exit } print "$$\\n"; sleep 600'`
  const tree = await startTree(script, 3)
  const zombie = await until('the child is a zombie', async () => {
    const [gone] = tree.pids.filter((pid) => pid !== tree.pid)
    const left = await alive(tree.pids)
    return (
      left.length === tree.pids.length - 1 &&
      gone !== undefined &&
      tree.pids.find((pid) => !left.includes(pid))
    )
  })
  assert.equal(await processStartTime(zombie), undefined)
  assert.ok(!(await findTree(tree)).some(({pid}) => pid === zombie))
  await stopTree(tree)
})

test('nothing to stop is no error, and this process is never a part of a tree', async () => {
  assert.deepEqual((await stopTree({pid: 2 ** 30})).survivors, [])
  const parent = (await listProcesses()).find(({pid}) => pid === process.pid)?.parent as number
  assert.ok(!(await findTree({pid: parent})).some(({pid}) => pid === process.pid))
  const child = spawn('true')
  await once(child, 'exit')
  assert.equal(await processStartTime(child.pid as number), undefined)
})
