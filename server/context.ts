import type {Log} from '../src/log.js'
import type {Database} from './database.js'
import type {EventLog} from './feed/event-log.js'
import type {Wakeups} from './feed/wakeups.js'
import type {Lease} from './lease.js'

/** What services work with. */
export interface ServerContext {
  db: Database
  events: EventLog
  wakeups: Wakeups
  log: Log
  lease: Lease
  now: () => Date
}
