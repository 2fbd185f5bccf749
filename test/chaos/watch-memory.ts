import {readFileSync} from 'node:fs'

const INTERVAL_MS = 1000

/** Largest resident size so far of each kind of process, in MiB. */
export type Sizes = Record<string, number>

/** Looks at the resident size of processes now and then. */
export function watchMemory(pids: () => Promise<Record<string, number[]>>): {
  sizes: Sizes
  stop(): void
} {
  const sizes: Sizes = {}
  const look = async () => {
    for (const [kind, list] of Object.entries(await pids())) {
      const largest = Math.max(0, ...list.map(residentMiB))
      sizes[kind] = Math.max(sizes[kind] ?? 0, Math.round(largest))
    }
  }
  const timer = setInterval(() => void look().catch(() => {}), INTERVAL_MS)
  return {sizes, stop: () => clearInterval(timer)}
}

function residentMiB(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) / 1024
  } catch {
    return 0
  }
}
