import {readFileSync} from 'node:fs'

const INTERVAL_MS = 500

/** Looks at the resident size of processes now and then. `stop` gives the largest that was seen, in MiB. */
export function watchMemory(pids: () => number[]): {stop(): number} {
  let largest = 0
  const timer = setInterval(() => {
    for (const pid of pids()) largest = Math.max(largest, residentMiB(pid))
  }, INTERVAL_MS)
  return {
    stop() {
      clearInterval(timer)
      return Math.round(largest)
    },
  }
}

function residentMiB(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) / 1024
  } catch {
    return 0
  }
}
