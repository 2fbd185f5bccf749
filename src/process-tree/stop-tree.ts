import {execFile} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {promisify} from 'node:util'
import {findTree, type TreeRoot} from './find-tree.js'
import {type ProcessInfo, processStartTime} from './process-table.js'

export interface StopOptions {
  /** Asks the agent in its own protocol first. Not waited for longer than `interruptMs`. */
  interrupt?: (() => Promise<void>) | undefined
  interruptMs?: number
  /** SIGINT for agents that clean up their tools on it. SIGTERM by default. */
  firstSignal?: 'SIGINT' | 'SIGTERM'
  /** From the first signal to SIGKILL. 10 s by default. */
  graceMs?: number
}

export interface Stopped {
  /** Processes that could not be ended, which takes one that the system itself holds. */
  survivors: number[]
  tookMs: number
}

const POLL_MS = 25
/** How often a tree must be looked for in vain: a process that forks and exits escapes a single look. */
const LOOKS = 3
const LOOK_AGAIN_MS = 5
/** An agent that cleans up on SIGINT gets this long before SIGTERM. */
const SIGINT_MS = 2000
const INTERRUPT_MS = 500
/** After SIGKILL only the system can be slow. */
const KILL_MS = 2000

/**
 * Ends a whole process tree and returns when nothing of it is alive: protocol interrupt, first
 * signal, SIGTERM, and SIGKILL after the grace (fault D1, design §4.7).
 */
export async function stopTree(root: TreeRoot, options: StopOptions = {}): Promise<Stopped> {
  const began = performance.now()
  const {graceMs = 10_000, firstSignal = 'SIGTERM'} = options
  if (options.interrupt) await withLimit(options.interrupt(), options.interruptMs ?? INTERRUPT_MS)
  if (process.platform === 'win32') {
    return {survivors: await stopOnWindows(root.pid), tookMs: performance.now() - began}
  }
  const deadline = performance.now() + graceMs
  // What has been seen once belongs to the tree, even when its parent dies and it is handed to init.
  const seen = new Map<number, ProcessInfo>()
  const alive = () => surely(() => living(root, seen))
  const stages: {signal: NodeJS.Signals; until: number}[] = [
    ...(firstSignal === 'SIGINT'
      ? [{signal: 'SIGINT' as const, until: Math.min(performance.now() + SIGINT_MS, deadline)}]
      : []),
    {signal: 'SIGTERM', until: deadline},
    {signal: 'SIGKILL', until: deadline + KILL_MS},
  ]
  let left = await alive()
  for (const {signal, until} of stages) {
    if (left.length === 0) break
    await send(left, signal)
    left = await waitUntilGone(alive, until, signal === 'SIGKILL')
  }
  return {survivors: left.map((entry) => entry.pid), tookMs: performance.now() - began}
}

/** Looks again until something is found or nothing was found several times. */
async function surely(look: () => Promise<ProcessInfo[]>): Promise<ProcessInfo[]> {
  for (let looks = 1; ; looks++) {
    const found = await look()
    if (found.length > 0 || looks >= LOOKS) return found
    await sleep(LOOK_AGAIN_MS)
  }
}

async function living(root: TreeRoot, seen: Map<number, ProcessInfo>): Promise<ProcessInfo[]> {
  const trees = await Promise.all([
    findTree(root),
    ...[...seen.values()].map((entry) => findTree({pid: entry.pid, start: entry.start})),
  ])
  const all = new Map(trees.flat().map((entry) => [entry.pid, entry]))
  for (const entry of all.values()) seen.set(entry.pid, entry)
  for (const pid of seen.keys()) if (!all.has(pid)) seen.delete(pid)
  return [...all.values()]
}

async function waitUntilGone(
  alive: () => Promise<ProcessInfo[]>,
  until: number,
  kill: boolean,
): Promise<ProcessInfo[]> {
  for (;;) {
    await sleep(kill ? LOOK_AGAIN_MS : POLL_MS)
    const left = await alive()
    if (left.length === 0 || performance.now() >= until) return left
    // A tree that forks while it is killed grows new members.
    if (kill) await send(left, 'SIGKILL')
  }
}

/** Children before parents, so that no parent starts a child anew that was taken from it. */
async function send(processes: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<void> {
  for (const {pid} of [...processes].sort((a, b) => b.pid - a.pid)) {
    try {
      process.kill(pid, signal)
    } catch {
      // Gone in the meantime.
    }
  }
}

/** Windows knows neither signals nor groups; its own command ends a whole tree (fault D3). Not tried on Windows. */
async function stopOnWindows(pid: number): Promise<number[]> {
  if ((await processStartTime(pid)) === undefined) return []
  await promisify(execFile)('taskkill', ['/pid', String(pid), '/T', '/F']).catch(() => undefined)
  const until = performance.now() + KILL_MS
  while ((await processStartTime(pid)) !== undefined) {
    if (performance.now() >= until) return [pid]
    await sleep(POLL_MS)
  }
  return []
}

async function withLimit(work: Promise<void>, limitMs: number): Promise<void> {
  await Promise.race([work.catch(() => undefined), sleep(limitMs, undefined, {ref: false})])
}
