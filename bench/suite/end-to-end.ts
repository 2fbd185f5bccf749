import type {Benchmark} from '../support/benchmark.js'
import {interleave} from '../support/interleave.js'
import {cpuOf, type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'

const TASKS = 16
const SLOT_MS = 400
const ORDER = {ms: SLOT_MS, batch: 10, bytes: 500}

/** A message's whole way through the server. */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  title: 'From an upload to its reader',
  method: `${TASKS} tasks at once, each with one reader: 10 × 500 bytes are posted, committed with \`synchronous=FULL\` and read back before the next. Requests per second of the server's CPU, against \`node:http\` with one prepared insert a request and no checks (minimal), and against Express with \`bulkCreate\` and \`broadcast\` (naive).`,
  run: (options) =>
    withServerAndLoad(async (parts) => {
      await openGroups(parts)
      const slot = (group: string) => async () => {
        const {cpu, value} = await cpuOf(parts, () => parts.load.call('pairs', {group, ...ORDER}))
        return (value.requests / cpu) * 1e6
      }
      const slots = {minimal: slot('minimal'), product: slot('product'), naive: slot('naive')}
      const result = await interleave(slots, options.quick ? 6 : 20)
      const rate = (name: 'minimal' | 'product' | 'naive') =>
        Math.round(result.of(name).median).toLocaleString('en')
      const row = (name: 'minimal' | 'naive', min: number) => {
        const ratio = result.ratio('product', name)
        return {
          goal: 'P6',
          what: `end to end, against the ${name} server`,
          figure: ratio.median,
          unit: '×',
          quartiles: ratio.quartiles,
          reference: `${rate('product')} requests per CPU second; ${name} ${rate(name)}`,
          target: {min},
        }
      }
      const floor = result.ratio('minimal', 'naive').median.toFixed(1)
      return {
        rows: [row('minimal', 1), row('naive', 6)],
        notes: [
          `The minimal server, which checks nothing, reaches ${floor} × the naive one: six times as much would need a server of less than half its cost.`,
        ],
      }
    }),
}

async function openGroups({host, load}: ServerAndLoad): Promise<void> {
  const {token} = await host.call('startProduct')
  for (const {stream, upload, taskToken} of await host.call('newRuns', TASKS)) {
    await load.call('openReaders', {group: 'product', url: stream, token, count: 1})
    await load.call('openPost', {group: 'product', url: upload, token: taskToken})
  }
  for (const group of ['minimal', 'naive'] as const) {
    const base = await host.call('startReference', group)
    for (let task = 0; task < TASKS; task++) {
      const url = `${base}/task-${task}`
      await load.call('openReaders', {group, url, token, count: 1})
      await load.call('openPost', {group, url, token})
    }
  }
}
