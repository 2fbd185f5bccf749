import type {WorkspaceEvents} from '../../src/protocol/events.js'
import type {PageState} from './page-state.js'

type PeopleEvent =
  | {type: 'task:request'; payload: WorkspaceEvents['task:request']}
  | {type: 'task:input'; payload: WorkspaceEvents['task:input']}

/** What the runs of the page ask, and what is said to them; only what is not settled is kept. */
export function reduceRequests(state: PageState, event: PeopleEvent): PageState {
  const taskId = event.payload.task_id
  if (!state.tasks.some(({id}) => id === taskId)) return state
  if (event.type === 'task:request') {
    const {request} = event.payload
    const list = replaced(state.requests[taskId], request, request.status === 'open')
    return {...state, requests: {...state.requests, [taskId]: list}}
  }
  const {input} = event.payload
  const list = replaced(state.inputs[taskId], input, input.status !== 'delivered')
  return {...state, inputs: {...state.inputs, [taskId]: list}}
}

/** A run that asks nothing any more: its requests are gone, however their end was missed. */
export function withoutRequests(state: PageState, taskId: string): PageState {
  if (!state.requests[taskId]?.length) return state
  return {...state, requests: {...state.requests, [taskId]: []}}
}

/** In the order of coming; an event that comes twice changes nothing. */
function replaced<T extends {id: string}>(list: readonly T[] = [], item: T, keep: boolean): T[] {
  const at = list.findIndex(({id}) => id === item.id)
  if (!keep) return list.filter(({id}) => id !== item.id)
  return at === -1 ? [...list, item] : list.map((old) => (old.id === item.id ? item : old))
}
