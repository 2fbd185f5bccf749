/** What another server is told of: a topic, and the number of the last message when messages are all the news. */
export type News = [topic: string, seq?: number | undefined]

/** `task:<id>`, or `task:<id>:<seq>` (stream §6.5). */
export const encodeNews = ([topic, seq]: News): string =>
  seq === undefined ? topic : `${topic}:${seq}`

export function decodeNews(text: string): News {
  const [kind, id, seq] = text.split(':')
  return seq === undefined ? [text] : [`${kind}:${id}`, Number(seq)]
}

/** News that waits to be told, a topic once: what is not about messages alone hides what is. */
export class PendingNews {
  readonly #news = new Map<string, number | undefined>()
  readonly #max: number

  /** @param max more topics than this are forgotten */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#news.size
  }

  add(topic: string, seq?: number): void {
    const isKnown = this.#news.has(topic)
    if (!isKnown && this.#news.size >= this.#max) return
    const isAny = isKnown && this.#news.get(topic) === undefined
    this.#news.set(topic, isAny ? undefined : seq)
  }

  take(count: number): News[] {
    const taken = [...this.#news].slice(0, count)
    for (const [topic] of taken) this.#news.delete(topic)
    return taken
  }

  clear(): void {
    this.#news.clear()
  }
}
