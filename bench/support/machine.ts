import {closeSync, fsyncSync, openSync, rmSync, writeSync} from 'node:fs'
import {availableParallelism, cpus, totalmem} from 'node:os'
import {join} from 'node:path'
import {tempFolder} from '../../test/support/temp-folder.js'
import {median} from './statistics.js'

/** One line about where the figures come from. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores (${model}), ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}`
}

/** Median time of a 4 KiB write that reaches the disk, in milliseconds: what a commit waits for. */
export async function probeFsync(writes = 100): Promise<number> {
  const file = join(await tempFolder(), 'fsync')
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(4096, 1)
  const times: number[] = []
  try {
    for (let round = 0; round < writes; round++) {
      const start = performance.now()
      writeSync(descriptor, block, 0, block.length, round * block.length)
      fsyncSync(descriptor)
      times.push(performance.now() - start)
    }
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
  return median(times)
}
