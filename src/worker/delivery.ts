import type {Journal} from './journal.js'
import type {RecordFile} from './worker-record.js'

/**
 * Notes in the worker's record what of the transcript has reached the server, for those who look at the
 * daemon. `lost` counts what the server will never have: its messages were refused, or the journal was
 * damaged. Nothing else can be lost, because what is not acknowledged stays in the journal (fault A26).
 */
export class Delivery {
  readonly #record: RecordFile
  readonly #journal: Pick<Journal, 'lastSeq'>
  readonly #now: () => Date

  constructor(record: RecordFile, journal: Pick<Journal, 'lastSeq'>, now: () => Date) {
    this.#record = record
    this.#journal = journal
    this.#now = now
  }

  /** The journal has one more. */
  appended(): void {
    const {waiting_since: since} = this.#record.value
    this.#record.changeSoon({
      last_seq: this.#journal.lastSeq,
      waiting_since: since ?? this.#now().toISOString(),
    })
  }

  acknowledged(seq: number): void {
    const {acked_seq: before} = this.#record.value
    const {lastSeq} = this.#journal
    const now = this.#now().toISOString()
    this.#record.changeSoon({
      acked_seq: seq,
      last_seq: lastSeq,
      ...(seq > before && {acked_at: now}),
      waiting_since: seq < lastSeq ? now : null,
    })
  }

  lost(count: number): void {
    if (count > 0) this.#record.change({lost: this.#record.value.lost + count})
  }
}
