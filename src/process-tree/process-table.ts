import {execFile, execFileSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {promisify} from 'node:util'

const run = promisify(execFile)
const PS_LIMIT_MS = 5000

/** A process as the system's table shows it. */
export interface ProcessInfo {
  pid: number
  parent: number
  group: number
  /** Start time in the system's own notation: another process with the same pid has another one. */
  start: string
}

/** All processes that are alive; zombies do not count. Linux reads /proc, others ask `ps`. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform === 'linux') {
    return procPids().flatMap((pid) => readStat(pid) ?? [])
  }
  if (process.platform === 'win32') return []
  return listPs()
}

/** The start time of a living process; undefined when there is none with this pid. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readStat(pid)?.start
  if (process.platform === 'win32') return isRunning(pid) ? 'unknown' : undefined
  return (await listPs()).find((entry) => entry.pid === pid)?.start
}

/** The process that has started this one, the one that has started that, and so on. */
export function listAncestors(): ProcessInfo[] {
  if (process.platform === 'win32') return []
  const table = process.platform === 'linux' ? undefined : parsePs(execPs())
  const find = (pid: number) => (table ? table.find((entry) => entry.pid === pid) : readStat(pid))
  const above: ProcessInfo[] = []
  for (let next = find(process.ppid); next && next.pid > 1; next = find(next.parent)) {
    above.push(next)
  }
  return above
}

/** Pids whose environment names the task: finds what has left the tree by setsid and lost its parent. */
export async function findByEnvironment(name: string, value: string): Promise<number[]> {
  if (process.platform !== 'linux') return findByPs(`${name}=${value}`)
  // Read at one go: a process that forks and exits escapes a look that takes its time.
  const wanted = Buffer.from(`${name}=${value}`)
  return procPids().filter((pid) => {
    const environment = readProc(pid, 'environ')
    return environment !== undefined && contains(environment, wanted)
  })
}

/** A whole entry of the NUL-separated environment, not a part of one. */
function contains(environment: Buffer, entry: Buffer): boolean {
  for (let at = environment.indexOf(entry); at >= 0; at = environment.indexOf(entry, at + 1)) {
    const begins = at === 0 || environment[at - 1] === 0
    const end = environment[at + entry.length]
    if (begins && (end === undefined || end === 0)) return true
  }
  return false
}

/** The youngest first: they are gone soonest. */
function procPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a)
}

function readProc(pid: number, file: 'environ' | 'stat'): Buffer | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`)
  } catch {
    return undefined
  }
}

function readStat(pid: number): ProcessInfo | undefined {
  const stat = readProc(pid, 'stat')?.toString('latin1')
  // The name stands in parentheses and may have any character in it, parentheses too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return {pid, parent: Number(fields[1]), group: Number(fields[2]), start: fields[19] ?? ''}
}

const PS_TABLE = ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart=']
const PS_OPTIONS = {timeout: PS_LIMIT_MS, maxBuffer: 16 * 1024 * 1024}

async function listPs(): Promise<ProcessInfo[]> {
  return parsePs((await run('ps', PS_TABLE, PS_OPTIONS)).stdout)
}

const execPs = (): string => execFileSync('ps', PS_TABLE, {...PS_OPTIONS, encoding: 'utf8'})

function parsePs(stdout: string): ProcessInfo[] {
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, state, ...start] = line.trim().split(/\s+/)
    if (!pid || state?.startsWith('Z')) return []
    return [
      {pid: Number(pid), parent: Number(parent), group: Number(group), start: start.join(' ')},
    ]
  })
}

async function findByPs(entry: string): Promise<number[]> {
  if (process.platform === 'win32') return []
  const {stdout} = await run('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    timeout: PS_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
    .split('\n')
    .filter((line) => line.split(/\s/).includes(entry))
    .map((line) => Number(line.trim().split(/\s+/)[0]))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
