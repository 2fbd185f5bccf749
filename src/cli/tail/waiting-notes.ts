import type {Api} from '../../client/api.js'
import type {Task, TaskStatus} from '../../protocol/task.js'
import type {Notes} from '../notes.js'
import {explainWaiting} from './explain-waiting.js'

const EXPLAIN_EVERY_MS = 10_000

export interface WaitingNotes {
  onStatus(status: TaskStatus): void
  stop(): void
}

/** While a task is queued, tells what it waits for, and tells again when that changes. */
export function createWaitingNotes(api: Api, task: Task, notes: Notes): WaitingNotes {
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    if (!timer) return
    clearInterval(timer)
    timer = undefined
    notes.done()
  }
  const explain = async () => {
    const text = await explainWaiting(api, task)
    if (timer) notes.wait(text)
  }
  return {
    onStatus(status) {
      if (status !== 'queued') return stop()
      if (timer) return
      timer = setInterval(() => void explain(), EXPLAIN_EVERY_MS)
      void explain()
    },
    stop,
  }
}
