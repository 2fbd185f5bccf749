import {startNotifier} from '../../server/feed/notifier.js'
import {silentLog} from '../../src/log.js'
import {startPostgres, type TestDatabase} from '../../test/support/test-database.js'
import {openRawPostgres} from '../references/raw-postgres.js'
import type {Benchmark, RunOptions} from '../support/benchmark.js'
import {keepInFlight} from '../support/in-flight.js'
import {BATCH, type IngestBench, openIngestBench} from '../support/ingest-bench.js'
import {type Interleaved, interleave} from '../support/interleave.js'

const IN_FLIGHT = 16
const SLOT_MS = 300

/** Messages into Postgres, with and without telling other servers. */
export const ingestPostgres: Benchmark = {
  name: 'ingest-postgres',
  title: 'Ingest on Postgres',
  method: `As on SQLite, ${IN_FLIGHT} batches in flight, \`fsync=on\`: against one named multi-row insert a batch with bare \`pg\` on ${IN_FLIGHT} connections; and with notifications to other servers, which one connection listens to, against the same without.`,
  async run(options) {
    const cluster = await startPostgres({durable: true})
    const opened: IngestBench[] = []
    const open = async (database: TestDatabase) => {
      const bench = await openIngestBench(database, IN_FLIGHT)
      opened.push(bench)
      return bench
    }
    try {
      const silent = await open(await cluster.newDatabase())
      const database = await cluster.newDatabase()
      const telling = await open(database)
      const raw = await cluster.newDatabase()
      return {
        rows: await measure({silent, telling, other: await open(raw)}, [database, raw], options),
      }
    } finally {
      for (const {bench} of opened) await bench.close()
      await cluster.stop()
    }
  },
}

interface Parts {
  silent: IngestBench
  telling: IngestBench
  /** Owner of the tasks that the reference writes to. */
  other: IngestBench
}

async function measure(
  {silent, telling, other}: Parts,
  [database, rawDatabase]: [TestDatabase, TestDatabase],
  {quick}: RunOptions,
) {
  const {db, wakeups} = telling.bench.context
  const notifier = startNotifier({
    url: database.url,
    db,
    wakeups,
    log: silentLog,
  })
  const raw = openRawPostgres(rawDatabase.url, BATCH, IN_FLIGHT)
  const seqs = Array.from({length: IN_FLIGHT}, () => 0)
  try {
    const slots = {
      raw: () =>
        keepInFlight(IN_FLIGHT, SLOT_MS, async (lane) => {
          const first = (seqs[lane] ?? 0) + 1
          await raw.insert(other.taskIds[lane] ?? '', first, other.payloads(first))
          seqs[lane] = first + BATCH - 1
        }),
      silent: () => keepInFlight(IN_FLIGHT, SLOT_MS, silent.write),
      telling: () => keepInFlight(IN_FLIGHT, SLOT_MS, telling.write),
    }
    return rowsOf(await interleave(slots, quick ? 8 : 20))
  } finally {
    await raw.close()
    await notifier.stop()
  }
}

function rowsOf(result: Interleaved<'raw' | 'silent' | 'telling'>) {
  const rate = (name: 'raw' | 'silent' | 'telling') =>
    Math.round(result.of(name).median).toLocaleString('en')
  const [stored, told] = [result.ratio('silent', 'raw'), result.ratio('telling', 'silent')]
  return [
    {
      goal: 'P5',
      what: `ingest on Postgres, ${IN_FLIGHT} batches in flight`,
      figure: stored.median,
      unit: '×',
      quartiles: stored.quartiles,
      reference: `${rate('silent')} batches/s; raw ${rate('raw')}`,
      target: {min: 0.9},
    },
    {
      goal: 'P8',
      what: 'the same with notifications to other servers',
      figure: told.median,
      unit: '×',
      quartiles: told.quartiles,
      reference: `${rate('telling')} batches/s; without ${rate('silent')}`,
      target: {min: 0.9},
    },
  ]
}
