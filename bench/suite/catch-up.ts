import type {Benchmark, RunOptions} from '../support/benchmark.js'
import {interleave} from '../support/interleave.js'
import {type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'
import {median, summarise} from '../support/statistics.js'

const MESSAGES = 100_000
const BYTES = 300
/** Readers that only want the last message, until the code of a connection is compiled. */
const WARM_UP = 100

/** A reader that comes late. */
export const catchUp: Benchmark = {
  name: 'catch-up',
  title: 'Catching up with 100,000 messages',
  method: `One reader from the first to the last of ${MESSAGES.toLocaleString('en')} messages of ${BYTES} bytes, against \`SELECT seq, payload\` of the same file in pages with bare \`sqlite3\`, streamed unparsed.`,
  run: (options) => withServerAndLoad((parts) => measure(parts, options)),
}

async function measure(parts: ServerAndLoad, options: RunOptions) {
  const {host, load} = parts
  const {token} = await host.call('startProduct')
  const [run] = await host.call('newRuns', 1)
  if (!run) throw new Error('no run')
  await load.call('openPost', {group: 'fill', url: run.upload, token: run.taskToken})
  await load.call('fill', {group: 'fill', count: MESSAGES, batch: 500, bytes: BYTES})
  const raw = await host.call('startReference', 'raw catch-up')
  const last = `?since=${MESSAGES - 1}`
  for (let time = 0; time < WARM_UP; time++) {
    await load.call('catchUp', {url: `${run.stream}${last}`, token, count: MESSAGES})
    await load.call('catchUp', {url: `${raw}/${run.taskId}${last}`, token, count: MESSAGES})
  }
  const first = {product: [] as number[], raw: [] as number[]}
  const slot = (name: 'product' | 'raw', url: string) => async () => {
    const {ms, firstMs} = await load.call('catchUp', {url, token, count: MESSAGES})
    first[name].push(firstMs)
    return (MESSAGES / ms) * 1000
  }
  const result = await interleave(
    {raw: slot('raw', `${raw}/${run.taskId}`), product: slot('product', run.stream)},
    options.quick ? 4 : 12,
  )
  const rate = result.ratio('product', 'raw')
  const firstByte = summarise(first.product.map((ms, turn) => ms / (first.raw[turn] ?? 0)))
  const perSecond = (name: 'product' | 'raw') =>
    Math.round(result.of(name).median).toLocaleString('en')
  return {
    rows: [
      {
        goal: 'P7',
        what: 'catch-up, rate',
        figure: rate.median,
        unit: '×',
        quartiles: rate.quartiles,
        reference: `${perSecond('product')} messages/s; raw ${perSecond('raw')}`,
        target: {min: 0.8},
      },
      {
        goal: 'P7',
        what: 'catch-up, time to the first message',
        figure: firstByte.median,
        unit: '×',
        quartiles: firstByte.quartiles,
        reference: `${median(first.product).toFixed(1)} ms; raw ${median(first.raw).toFixed(1)} ms`,
        target: {max: 2},
      },
    ],
  }
}
