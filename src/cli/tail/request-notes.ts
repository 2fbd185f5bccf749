import type {Api} from '../../client/api.js'
import type {Notes} from '../notes.js'
import {describeRequest, howToAnswer} from '../request-output.js'

/** Says how to answer what a run asks, once for each request. Best effort: the run goes on without it. */
export function createRequestNotes(api: Api, taskId: string, notes: Notes) {
  const told = new Set<string>()
  const tell = async () => {
    const open = await api.requests(taskId, {status: 'open'}).catch(() => [])
    for (const request of open.filter(({id}) => !told.has(id))) {
      told.add(request.id)
      notes.say(`waiting for ${describeRequest(request)}\n  ${howToAnswer(request)}`)
    }
  }
  return {
    onStatus(openRequests: number | undefined) {
      if (openRequests) void tell()
    },
  }
}
