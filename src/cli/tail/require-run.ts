import type {Enqueued} from '../../client/api.js'
import {AppError} from '../../errors.js'

/** The run that a creating call has started. @throws AppError with the server's reason for none */
export function requireRun(answer: Enqueued): string {
  if (answer.enqueued_task_id) return answer.enqueued_task_id
  const reason = answer.enqueue_error ?? 'nothing of the issue starts an agent'
  throw new AppError('conflict', `no run was started that could be followed: ${reason}`)
}
