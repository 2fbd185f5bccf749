import {readFile} from 'node:fs/promises'

const TICKS_PER_SECOND = 100

export interface ProcessUsage {
  /** User and system time since its start. */
  cpuSeconds: number
  /** Resident memory. */
  bytes: number
}

/** What a process has used so far. Linux only. */
export async function readUsage(pid: number): Promise<ProcessUsage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    bytes: Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) * 1024,
  }
}
