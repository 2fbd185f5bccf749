import {catchUp} from './suite/catch-up.js'
import {claims} from './suite/claims.js'
import {endToEnd} from './suite/end-to-end.js'
import {fanOut} from './suite/fan-out.js'
import {idle} from './suite/idle.js'
import {ingestPostgres} from './suite/ingest-postgres.js'
import {ingestSqlite} from './suite/ingest-sqlite.js'
import {latency} from './suite/latency.js'
import {memory} from './suite/memory.js'
import {million} from './suite/million.js'
import {startUp} from './suite/start-up.js'
import type {Benchmark} from './support/benchmark.js'

/** All benchmarks, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  fanOut,
  memory,
  endToEnd,
  ingestSqlite,
  ingestPostgres,
  catchUp,
  million,
  latency,
  claims,
  startUp,
  idle,
]
