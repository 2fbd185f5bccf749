import {rm} from 'node:fs/promises'
import {tempFolder} from '../../test/support/temp-folder.js'
import {newSqlite, startPostgres, type TestDatabase} from '../../test/support/test-database.js'
import {startWorkServer, type WorkServer} from '../../test/support/work-server.js'
import type {Benchmark, Row} from '../support/benchmark.js'
import {median, quantile} from '../support/statistics.js'

const EMPTY_CLAIMS = 200

/** What a daemon waits for a task. */
export const claims: Benchmark = {
  name: 'claims',
  title: 'Claims',
  method: `Claims over HTTP, one at a time, on both databases: of a task that waits, committed with its token when it is answered, and ${EMPTY_CLAIMS} of a queue that is empty.`,
  async run({quick}) {
    const folder = await tempFolder()
    const cluster = await startPostgres({durable: true})
    try {
      const rows: Row[] = []
      const databases = [newSqlite(folder), await cluster.newDatabase()]
      for (const database of databases) rows.push(...(await measure(database, quick ? 30 : 100)))
      return {rows}
    } finally {
      await cluster.stop()
      await rm(folder, {recursive: true, force: true})
    }
  },
}

async function measure(database: TestDatabase, count: number): Promise<Row[]> {
  const server = await startWorkServer(database)
  try {
    await server.owner('PUT', `/api/agents/${server.agentId}`, {
      body: {max_concurrent_tasks: 1000},
    })
    const taken: number[] = []
    for (let round = 0; round < count; round++) {
      await server.assign()
      taken.push(await claim(server, true))
    }
    const empty: number[] = []
    for (let round = 0; round < EMPTY_CLAIMS; round++) empty.push(await claim(server, false))
    const row = (what: string, values: number[]): Row => ({
      what: `${what}, ${database.dialect}, p50`,
      figure: median(values),
      unit: 'ms',
      reference: `p99 ${quantile(values, 0.99).toFixed(1)} ms, ${values.length} claims`,
    })
    return [row('claim of a waiting task', taken), row('claim with nothing waiting', empty)]
  } finally {
    await server.stop()
  }
}

/** @returns milliseconds */
async function claim({owner, runtimeId}: WorkServer, expected: boolean): Promise<number> {
  const startedAt = performance.now()
  const {body} = await owner('POST', `/api/daemon/runtimes/${runtimeId}/tasks/claim`)
  const ms = performance.now() - startedAt
  if (Boolean(body.task) !== expected) throw new Error('a claim took the wrong thing')
  return ms
}
