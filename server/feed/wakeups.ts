type Listener = () => void

/**
 * Tells readers in this process that rows have come: a wake-up carries no data, so a lost or a
 * doubled one is harmless (stream §6.1). Topics are `task:<id>`, `workspace:<id>` and `user:<id>`.
 */
export interface Wakeups {
  wake(topic: string): void
  /** @returns a function that ends the subscription */
  subscribe(topic: string, listener: Listener): () => void
  /** Topics that have a subscriber now. */
  topics(): Iterable<string>
}

export const taskTopic = (taskId: string): string => `task:${taskId}`
/** A person's tokens, sessions or memberships have changed: open streams check their access. */
export const userTopic = (userId: string): string => `user:${userId}`
export const workspaceTopic = (workspaceId: string): string => `workspace:${workspaceId}`

export function createWakeups(): Wakeups {
  const listeners = new Map<string, Set<Listener>>()
  return {
    wake(topic) {
      for (const listener of listeners.get(topic) ?? []) listener()
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(topic) === set) listeners.delete(topic)
      }
    },
    topics: () => listeners.keys(),
  }
}
