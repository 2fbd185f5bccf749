import type {Benchmark, Row, RunOptions} from '../support/benchmark.js'
import {interleave} from '../support/interleave.js'
import {cpuOf, type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'

const READERS = 1000
const BYTES = 420
const SLOT_MS = 300

/** One task, a thousand readers. */
export const fanOut: Benchmark = {
  name: 'fan-out',
  title: 'Fan-out to 1,000 readers',
  method: `One upload at a time, 420 bytes a message, until each of ${READERS.toLocaleString('en')} readers has it; the server's CPU time per delivery, upload included, against \`res.write(Buffer)\` to as many connections.`,
  run: (options) =>
    withServerAndLoad(async (parts) => {
      const {host, load} = parts
      const {token} = await host.call('startProduct')
      const [run] = await host.call('newRuns', 1)
      if (!run) throw new Error('no run')
      const raw = await host.call('startReference', 'raw fan-out')
      const groups = [
        {group: 'product', stream: run.stream, upload: run.upload, taskToken: run.taskToken},
        {group: 'raw', stream: raw, upload: raw, taskToken: 'none'},
      ]
      for (const {group, stream, upload, taskToken} of groups) {
        await load.call('openReaders', {group, url: stream, token, count: READERS})
        await load.call('openPost', {group, url: upload, token: taskToken})
      }
      return {
        rows: [await measure(parts, options, 1), await measure(parts, options, 10)],
        notes: ['A comparison with Nchan is not part of this run.'],
      }
    }),
}

async function measure(parts: ServerAndLoad, options: RunOptions, batch: number): Promise<Row> {
  const slot = (group: string, body: 'upload' | 'frames') => async () => {
    const order = {group, ms: SLOT_MS, batch, bytes: BYTES, body}
    const {cpu, value} = await cpuOf(parts, () => parts.load.call('fanOut', order))
    return cpu / value.deliveries
  }
  const result = await interleave(
    {raw: slot('raw', 'frames'), product: slot('product', 'upload')},
    options.quick ? 6 : 20,
  )
  const ratio = result.ratio('raw', 'product')
  const [product, raw] = [result.of('product').median, result.of('raw').median]
  return {
    goal: batch === 1 ? 'P1' : 'P2',
    what: `fan-out, ${batch === 1 ? 'one message' : `${batch} messages`} a write`,
    figure: ratio.median,
    unit: '×',
    quartiles: ratio.quartiles,
    reference: `${product.toFixed(2)} µs of CPU per delivery; raw ${raw.toFixed(2)} µs`,
    target: {min: 0.95, ...(batch === 1 && {stretch: 1.2})},
  }
}
