/** @param seq number of the last of the messages that are the whole of the news; undefined for any news */
type Listener = (seq?: number) => void

/**
 * Tells readers that rows have come: a wake-up carries no data, so a lost or a doubled one is
 * harmless (stream §6.1). Topics are `task:<id>`, `workspace:<id>` and `user:<id>`.
 */
export interface Wakeups {
  /** Wakes the readers of a topic, here and on the other servers. */
  wake(topic: string): void
  /** Wakes those of this process alone. */
  wakeHere(topic: string, seq?: number): void
  /** Wakes those of the other servers: the readers here know already. */
  wakeElsewhere(topic: string, seq?: number): void
  /** @returns a function that ends the subscription */
  subscribe(topic: string, listener: Listener): () => void
  /** Topics that have a subscriber now. */
  topics(): Iterable<string>
  /** From now on the function hears of what other servers are to be told. */
  connect(tellOthers: (topic: string, seq?: number) => void): void
}

export const taskTopic = (taskId: string): string => `task:${taskId}`
/** A person's tokens, sessions or memberships have changed, or which agents they see: open streams check their access. */
export const userTopic = (userId: string): string => `user:${userId}`
/** The person of a `userTopic`; undefined for every other topic. */
export const userOfTopic = (topic: string): string | undefined =>
  topic.startsWith('user:') ? topic.slice('user:'.length) : undefined
export const workspaceTopic = (workspaceId: string): string => `workspace:${workspaceId}`

export function createWakeups(): Wakeups {
  const listeners = new Map<string, Set<Listener>>()
  let tellOthers: (topic: string, seq?: number) => void = () => {}
  const wakeHere = (topic: string, seq?: number) => {
    for (const listener of listeners.get(topic) ?? []) listener(seq)
  }
  return {
    wake(topic) {
      wakeHere(topic)
      tellOthers(topic)
    },
    wakeHere,
    wakeElsewhere: (topic, seq) => tellOthers(topic, seq),
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(topic) === set) listeners.delete(topic)
      }
    },
    topics: () => listeners.keys(),
    connect(tell) {
      tellOthers = tell
    },
  }
}
