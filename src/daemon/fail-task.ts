import {createApi} from '../client/api.js'
import {createHttpClient} from '../client/http-client.js'
import {isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import {replaceFile} from '../replace-file.js'
import {readTaskSpec} from './task-store.js'
import type {TaskFailure} from './task-supervisor.js'

/**
 * Reports a task that no worker can report any more, with the task's own token, until the server has
 * taken it or says that the task has ended (fault B1).
 */
export async function failTask(
  serverUrl: string,
  {task, folder, reason, error}: TaskFailure,
  {signal, log}: {signal: AbortSignal; log: Log},
): Promise<void> {
  const token = task.task_token
  // A task of an earlier start belongs to the server that this one was started for.
  const known = folder && (await readTaskSpec(folder))?.server_url
  const api = createApi(
    createHttpClient({serverUrl: known ?? serverUrl, ...(token !== undefined && {token})}),
  )
  try {
    await retry(() => api.fail(task.id, {error, reason}), {
      signal,
      isFinal: (failure) => !isTransient(failure),
    })
  } catch (failure) {
    signal.throwIfAborted()
    log.error({event: 'fail_refused', task: task.id, error: String(failure)})
  }
  if (folder)
    await replaceFile(folder.done, `${JSON.stringify({status: 'failed', reason, error})}\n`, {
      flush: true,
    })
}
