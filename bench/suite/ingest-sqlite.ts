import {rm} from 'node:fs/promises'
import {tempFolder} from '../../test/support/temp-folder.js'
import {newSqlite} from '../../test/support/test-database.js'
import {openRawSqlite, type RawSqlite} from '../references/raw-sqlite.js'
import type {Benchmark, Row, RunOptions} from '../support/benchmark.js'
import {keepInFlight} from '../support/in-flight.js'
import {BATCH, type IngestBench, openIngestBench} from '../support/ingest-bench.js'
import {interleave} from '../support/interleave.js'

const MOST = 32
const SLOT_MS = 300

/** Messages into SQLite. */
export const ingestSqlite: Benchmark = {
  name: 'ingest-sqlite',
  title: 'Ingest on SQLite',
  method: `Batches of ${BATCH} messages of 420 bytes, each committed with \`synchronous=FULL\`: order and token checked, serialised, grouped, stored and published by the product, against one prepared multi-row insert a batch with bare \`sqlite3\` on the same schema.`,
  async run(options) {
    const folders = [await tempFolder(), await tempFolder()] as const
    const product = await openIngestBench(newSqlite(folders[0]), MOST)
    const other = await openIngestBench(newSqlite(folders[1]), MOST)
    const raw = await openRawSqlite(newSqlite(folders[1]).url.slice('sqlite:'.length), BATCH)
    try {
      const rows: Row[] = []
      for (const [inFlight, min] of [
        [8, 1],
        [MOST, 1.5],
      ] as const) {
        rows.push(await measure({product, other, raw}, options, inFlight, min))
      }
      return {rows}
    } finally {
      await raw.close()
      await product.bench.close()
      await other.bench.close()
      for (const folder of folders) await rm(folder, {recursive: true, force: true})
    }
  },
}

interface Parts {
  product: IngestBench
  /** Owner of the tasks that the reference writes to. */
  other: IngestBench
  raw: RawSqlite
}

const rawSeqs: number[] = Array.from({length: MOST}, () => 0)

async function measure(
  {product, other, raw}: Parts,
  options: RunOptions,
  inFlight: number,
  min: number,
): Promise<Row> {
  const result = await interleave(
    {
      raw: () =>
        keepInFlight(inFlight, SLOT_MS, async (lane) => {
          const first = (rawSeqs[lane] ?? 0) + 1
          await raw.insert(other.taskIds[lane] ?? '', first, other.payloads(first))
          rawSeqs[lane] = first + BATCH - 1
        }),
      product: () => keepInFlight(inFlight, SLOT_MS, product.write),
    },
    options.quick ? 8 : 20,
  )
  const ratio = result.ratio('product', 'raw')
  const rate = (name: 'raw' | 'product') => Math.round(result.of(name).median).toLocaleString('en')
  return {
    goal: 'P4',
    what: `ingest on SQLite, ${inFlight} batches in flight`,
    figure: ratio.median,
    unit: '×',
    quartiles: ratio.quartiles,
    reference: `${rate('product')} batches/s; raw ${rate('raw')}`,
    target: {min},
  }
}
