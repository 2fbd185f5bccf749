import {createApi} from '../client/api.js'
import {createHttpClient} from '../client/http-client.js'
import {isRefused, isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import {replaceFile} from '../replace-file.js'
import {tokenOf} from '../task-folder/task-spec.js'
import {readTaskSpec} from './task-store.js'
import type {TaskFailure} from './task-supervisor.js'

/**
 * Reports a task that no worker can report any more, with the task's own token, until the server has
 * taken it or says that the task has ended (fault B1).
 */
export async function failTask(
  here: {serverUrl: string; userToken: string},
  {task, folder, reason, error}: TaskFailure,
  {signal, log}: {signal: AbortSignal; log: Log},
): Promise<void> {
  // A task of an earlier start belongs to the server that this one was started for.
  const spec = folder && (await readTaskSpec(folder))
  const serverUrl = spec?.server_url ?? here.serverUrl
  const token = spec ? tokenOf(spec) : (task.task_token ?? here.userToken)
  const api = createApi(createHttpClient({serverUrl, token}))
  // A server of the original has no codes to tell its word from a proxy's.
  const isFinal = task.task_token ? isRefused : (failure: unknown) => !isTransient(failure)
  try {
    await retry(() => api.fail(task.id, {error, reason}, {signal}), {signal, isFinal})
  } catch (failure) {
    signal.throwIfAborted()
    log.error({event: 'fail_refused', task: task.id, error: String(failure)})
  }
  if (folder)
    await replaceFile(folder.done, `${JSON.stringify({status: 'failed', reason, error})}\n`, {
      flush: true,
    })
}
