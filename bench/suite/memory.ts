import type {HostCalls} from '../host/host-process.js'
import type {Benchmark, RunOptions} from '../support/benchmark.js'
import type {Child} from '../support/child.js'
import {type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'

const KIB = 1024
const STALLED = 30

/** What a reader costs. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'Memory of a reader',
  method: `Growth of the server's resident memory, after a collection, by ${STALLED} readers that read nothing of 40 MB each and stand at different places, and by 2,000 readers of a task that says nothing; beside it as many idle connections of bare \`node:http\`.`,
  async run(options) {
    const stalled = await withServerAndLoad((parts) => measureStalled(parts, options))
    const idle = await withServerAndLoad((parts) => measureIdle(parts, options, 'product'))
    const raw = await withServerAndLoad((parts) => measureIdle(parts, options, 'raw'))
    return {
      rows: [
        {
          goal: 'P3',
          what: 'a reader that reads nothing',
          figure: stalled / KIB / KIB,
          unit: 'MiB',
          reference: '–',
          target: {max: 2},
        },
        {
          goal: 'P3',
          what: 'a reader of a task that is silent',
          figure: idle / KIB,
          unit: 'KiB',
          reference: `a bare connection ${(raw / KIB).toFixed(1)} KiB`,
          target: {max: 32},
        },
      ],
    }
  },
}

async function measureStalled({host, load}: ServerAndLoad, {quick}: RunOptions): Promise<number> {
  const messages = quick ? 4000 : 20_000
  const {token} = await host.call('startProduct')
  const [run] = await host.call('newRuns', 1)
  if (!run) throw new Error('no run')
  await load.call('openPost', {group: 'fill', url: run.upload, token: run.taskToken})
  await load.call('fill', {group: 'fill', count: messages, batch: 100, bytes: 2000})
  await load.call('catchUp', {url: run.stream, token, count: messages})
  const before = await settled(host)
  for (let reader = 0; reader < STALLED; reader++) {
    const url = `${run.stream}?since=${reader * 7}`
    await load.call('openReaders', {group: 'stalled', url, token, count: 1, stalled: true})
  }
  return ((await settled(host)) - before) / STALLED
}

async function measureIdle(
  {host, load}: ServerAndLoad,
  {quick}: RunOptions,
  kind: 'product' | 'raw',
): Promise<number> {
  const count = quick ? 1000 : 2000
  const {token} = await host.call('startProduct')
  const [run] = await host.call('newRuns', 1)
  if (!run) throw new Error('no run')
  const raw = await host.call('startReference', 'raw fan-out')
  const url = kind === 'raw' ? raw : run.stream
  // The first ones pay for what all share.
  await load.call('openReaders', {group: 'first', url, token, count: 500})
  const before = await settled(host)
  await load.call('openReaders', {group: 'idle', url, token, count})
  return ((await settled(host)) - before) / count
}

/** Memory when it has stopped to fall. */
async function settled(host: Child<HostCalls>): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    const now = await host.call('memory')
    if (now >= last) return last
    last = now
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
