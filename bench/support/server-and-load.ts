import type {HostCalls} from '../host/host-process.js'
import type {LoadCalls} from '../load/load-process.js'
import {type Child, startChild} from './child.js'

export interface ServerAndLoad {
  host: Child<HostCalls>
  load: Child<LoadCalls>
}

/** Gives a benchmark a server's process and a load generator, and ends both whatever happens. */
export async function withServerAndLoad<T>(work: (parts: ServerAndLoad) => Promise<T>): Promise<T> {
  const host = await startChild<HostCalls>('host/host-process.js', 'server')
  try {
    const load = await startChild<LoadCalls>('load/load-process.js', 'load')
    try {
      return await work({host, load})
    } finally {
      await load.stop()
    }
  } finally {
    await host.stop()
  }
}

/** CPU that the server's process uses while something is done, in microseconds. */
export async function cpuOf<T>(
  {host}: ServerAndLoad,
  work: () => Promise<T>,
): Promise<{cpu: number; value: T}> {
  const before = await host.call('cpu')
  const value = await work()
  return {value, cpu: (await host.call('cpu')) - before}
}
