import type {Benchmark, RunOptions} from '../support/benchmark.js'
import {type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'
import {median} from '../support/statistics.js'

const BYTES = 200
const MIB = 2 ** 20

/** A transcript that is ten times as long as a long one. */
export const million: Benchmark = {
  name: 'million',
  title: 'A million messages in one task',
  method: `Messages of ${BYTES} bytes through one server on SQLite, 500 an upload, then read from the first to the last; the same with a tenth of them. Memory is resident memory of the server's process.`,
  run: (options) => withServerAndLoad((parts) => measure(parts, options)),
}

async function measure(parts: ServerAndLoad, {quick, say}: RunOptions) {
  const {host, load} = parts
  const count = quick ? 100_000 : 1_000_000
  const {token} = await host.call('startProduct')
  const [short, long] = await host.call('newRuns', 2)
  if (!short || !long) throw new Error('no runs')
  const fill = async (group: string, messages: number) =>
    load.call('fill', {group, count: messages, batch: 500, bytes: BYTES})
  for (const [group, run] of [['short', short] as const, ['long', long] as const]) {
    await load.call('openPost', {group, url: run.upload, token: run.taskToken})
  }
  await fill('short', count / 10)
  const read = async (stream: string, messages: number) =>
    (await load.call('catchUp', {url: stream, token, count: messages})).ms
  const shortMs = [await read(short.stream, count / 10), await read(short.stream, count / 10)]
  const memoryBefore = await host.call('memory')
  const tenths: number[] = []
  for (let part = 0; part < 10; part++) {
    tenths.push(await fill('long', count / 10))
    say(
      `${((part + 1) * count) / 10} messages, ${(count / 10 / (tenths.at(-1) ?? 1)).toFixed(0)} messages/ms`,
    )
  }
  const afterFill = await host.call('memory')
  const longMs: number[] = []
  for (let round = 0; round < 2; round++) {
    longMs.push(await read(long.stream, count))
    shortMs.push(await read(short.stream, count / 10))
  }
  const afterRead = await host.call('memory')
  const [first = 0, last = 0] = [tenths.slice(0, 3), tenths.slice(-3)].map(median)
  return {
    rows: [
      {
        goal: 'P12',
        what: 'catch-up of all against a tenth',
        figure: median(longMs) / median(shortMs),
        unit: '×',
        reference: `${(median(longMs) / 1000).toFixed(1)} s; a tenth ${(median(shortMs) / 1000).toFixed(2)} s`,
        target: {max: 11},
      },
      {
        goal: 'P12',
        what: 'memory after all of it against after a tenth',
        figure: Math.max(afterFill, afterRead) / memoryBefore,
        unit: '×',
        reference: `${(memoryBefore / MIB).toFixed(0)} MiB after a tenth, ${(afterFill / MIB).toFixed(0)} after all uploads, ${(afterRead / MIB).toFixed(0)} after reading`,
        target: {max: 1.5},
      },
      {
        goal: 'P12',
        what: 'time of the last uploads against the first',
        figure: last / first,
        unit: '×',
        reference: `${(count / 10 / first).toFixed(1)} messages/ms at first, ${(count / 10 / last).toFixed(1)} at last`,
        target: {max: 1.5},
      },
    ],
  }
}
