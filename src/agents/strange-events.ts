import type {AgentEvent} from './adapter.js'

const SHOWN_CHARS = 500

/**
 * Events that an adapter does not know: each kind is shown once and counted, so that a newer version
 * of an agent does not go blank and does not fill the transcript either (fault A18).
 */
export class StrangeEvents {
  readonly #counts = new Map<string, number>()

  add(kind: string, event: unknown): AgentEvent[] {
    const seen = this.#counts.get(kind) ?? 0
    this.#counts.set(kind, seen + 1)
    if (seen > 0) return [{type: 'progress'}]
    const text = JSON.stringify(event)?.slice(0, SHOWN_CHARS) ?? ''
    return [{type: 'status', text: `event ${kind}: ${text}`}]
  }

  /** How often each kind came. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }
}
