import type {ServerContext} from '../context.js'
import type {Agent} from '../models/agent.js'
import {type EventRow, readEvents} from './event-rows.js'
import {frame} from './frame.js'
import {workspaceTopic} from './wakeups.js'

/** An event, ready to be written to those who may see it. */
export interface EventFrame {
  seq: number
  frame: string
  /** The private agent that it speaks of; null when that is gone; undefined when all may see it. */
  agent: PrivateAgent | null | undefined
}

export type PrivateAgent = Pick<Agent, 'id' | 'visibility' | 'owner_id'>

const PAGE = 500
/** Larger pages are not kept: their readers are behind, each at a place of its own. */
const MAX_KEPT = 50
/** Places of readers whose pages are kept, the last used ones: nearly all readers are at the end. */
const MAX_PLACES = 50

/**
 * What the readers of one workspace's events share (stream §6.2): those who stand at the same place get
 * the same reading of the database, so that an event costs one query however many pages are open.
 * What was read counts until the next news.
 */
export class EventPages {
  readonly #context: ServerContext
  readonly #workspaceId: string
  #pages = new Map<number, Promise<readonly EventFrame[]>>()
  #unsubscribe: () => void
  /** Readers of now. */
  readers = 0

  constructor(context: ServerContext, workspaceId: string) {
    this.#context = context
    this.#workspaceId = workspaceId
    this.#unsubscribe = context.wakeups.subscribe(workspaceTopic(workspaceId), () => {
      // A reading that is under way may be older than the news.
      this.#pages = new Map()
    })
  }

  /** The next events after a number, in order; none when it is the newest. */
  after(seq: number): Promise<readonly EventFrame[]> {
    const pages = this.#pages
    const known = pages.get(seq)
    if (known) {
      keep(pages, seq, known)
      return known
    }
    const reading = this.#read(seq)
    keep(pages, seq, reading)
    reading.then(
      (events) => {
        const last = events.at(-1)
        if (events.length > MAX_KEPT) pages.delete(seq)
        if (last && events.length < PAGE) keep(pages, last.seq, Promise.resolve([]))
      },
      () => pages.delete(seq),
    )
    return reading
  }

  close(): void {
    this.#unsubscribe()
  }

  async #read(after: number): Promise<readonly EventFrame[]> {
    const rows = await readEvents(this.#context, this.#workspaceId, after, PAGE)
    const agents = await this.#agentsOf(rows)
    return rows.map(({seq, type, payload, agent_id}) => ({
      seq,
      frame: frame(type, payload),
      agent: agent_id === null ? undefined : (agents.get(agent_id) ?? null),
    }))
  }

  async #agentsOf(rows: readonly EventRow[]): Promise<Map<string, PrivateAgent>> {
    const ids = [...new Set(rows.map((row) => row.agent_id).filter((id) => id !== null))]
    if (ids.length === 0) return new Map()
    const agents = await this.#context.db.models.Agent.findAll({
      where: {id: ids},
      attributes: ['id', 'visibility', 'owner_id'],
    })
    return new Map(agents.map((agent) => [agent.id, agent]))
  }
}

/** As the one that was used last; the one that has not been used for longest goes. */
function keep<T>(pages: Map<number, T>, seq: number, page: T): void {
  pages.delete(seq)
  pages.set(seq, page)
  const [oldest] = pages.keys()
  if (pages.size > MAX_PLACES && oldest !== undefined) pages.delete(oldest)
}
