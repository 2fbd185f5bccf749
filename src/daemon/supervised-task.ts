import type {TaskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {readWorkerRecord, type WorkerHandle} from './worker-process.js'

/** A run of this machine, for those who look at the daemon. */
export interface SupervisedTask {
  id: string
  issue: string | null
  provider: string
  worker_pid: number | null
  recoveries: number
  phase: string | null
  /** Newest message in the journal. */
  last_seq: number | null
  /** Newest message that the server has acknowledged, and when it did. */
  acked_seq: number | null
  acked_at: string | null
  /** What waits for the server, and since how long nothing of it was taken. */
  lag: {messages: number; ms: number}
  /** Messages that the server will never have. */
  lost: number
}

export interface TaskInHand {
  spec: TaskSpec
  folder: TaskFolder
  worker: WorkerHandle | undefined
  recoveries: number
}

export async function describeTask(
  {spec, folder, worker, recoveries}: TaskInHand,
  now = Date.now(),
): Promise<SupervisedTask> {
  const record = await readWorkerRecord(folder)
  const messages = record ? Math.max(0, record.last_seq - record.acked_seq) : 0
  const since = messages > 0 ? record?.waiting_since : undefined
  return {
    id: spec.task.id,
    issue: spec.task.issue_identifier,
    provider: spec.provider,
    worker_pid: worker?.pid ?? null,
    recoveries,
    phase: record?.phase ?? null,
    last_seq: record?.last_seq ?? null,
    acked_seq: record?.acked_seq ?? null,
    acked_at: record?.acked_at ?? null,
    lag: {messages, ms: since ? Math.max(0, now - Date.parse(since)) : 0},
    lost: record?.lost ?? 0,
  }
}

/** @param lostBefore of runs that have ended */
export function sumDelivery(
  tasks: readonly SupervisedTask[],
  lostBefore: number,
): {lag_messages: number; lag_ms: number; lost: number} {
  return {
    lag_messages: tasks.reduce((sum, {lag}) => sum + lag.messages, 0),
    lag_ms: Math.max(0, ...tasks.map(({lag}) => lag.ms)),
    lost: tasks.reduce((sum, {lost}) => sum + lost, lostBefore),
  }
}
