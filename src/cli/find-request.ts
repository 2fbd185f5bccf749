import type {Api} from '../client/api.js'
import {AppError, invalid, notFound} from '../errors.js'
import type {Task} from '../protocol/task.js'
import type {TaskRequest} from '../protocol/task-request.js'
import {formatRequests} from './request-output.js'

/**
 * The request that somebody means: by its id or the beginning of it, else the only one that is open.
 * @throws AppError that lists the open ones when there are several
 */
export async function findRequest(
  api: Api,
  task: Task,
  named: string | undefined,
): Promise<TaskRequest> {
  const requests = await api.requests(task.id)
  if (named) {
    const wanted = named.toLowerCase()
    const [match, ...others] = requests.filter(({id}) => id.startsWith(wanted))
    if (match && others.length === 0) return match
    throw notFound(`request ${named}`)
  }
  const [only, ...others] = requests.filter(({status}) => status === 'open')
  if (!only) throw new AppError('not_found', `run ${task.id} asks nothing now`)
  if (others.length === 0) return only
  throw invalid(
    `run ${task.id} asks several things; name one by its id:\n${formatRequests([only, ...others])}`,
    'request',
  )
}
