import type {Task} from '../../src/protocol/task.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import {type LiveEvent, parseLiveEvent} from '../state/live-event.js'
import type {PageData, PageState} from '../state/page-state.js'
import {gapAfter} from '../state/transcript.js'
import {isActive} from '../text/task-status.js'
import {onAwake} from './awake.js'
import {RequestError, request} from './http.js'
import {followEvents, type LiveEvents} from './live-events.js'
import {createStore, type Store} from './store.js'

const REFRESH_MS = 300
/** A card whose end was missed would stay for ever: its run is asked for now and then (fault A10). */
const RECONCILE_MS = 60_000
const PAGE_MESSAGES = 1000

/** Keeps a page of a workspace up to date. @returns its store */
export function startWorkspacePage(initial: PageState, draw: (state: PageState) => void): Store {
  let live: LiveEvents | undefined
  let followed = followedTasks(initial).join()
  const refresh = createRefresh(() => store)
  const fillGaps = createGapFiller(() => store)
  const store = createStore(initial, (state) => {
    draw(state)
    if (state.stale) refresh()
    fillGaps(state)
    const wanted = followedTasks(state).join()
    if (wanted === followed) return
    followed = wanted
    live?.reopen()
  })
  live = followEvents({
    url: () => eventsUrl(store.state()),
    onOpen: () => store.dispatch({type: 'connection', connection: 'live'}),
    onWait: () => store.dispatch({type: 'connection', connection: 'waiting'}),
    onEvent: (name, data, id) => {
      const event = parseLiveEvent(name, data)
      const events: LiveEvent[] = event ? [event] : []
      if (id) events.push({type: 'cursor', cursor: id})
      if (events.length > 0) store.dispatch(...events)
      if (name === 'resync') refresh()
    },
    onRefused: (status) => {
      if (status === 401) {
        store.dispatch({type: 'connection', connection: 'signed-out'})
        toLogin()
        return 'stop'
      }
      refresh()
      return 'retry'
    },
  })
  onAwake(() => live?.reopen())
  setInterval(() => reconcile(store), RECONCILE_MS)
  return store
}

/** Runs whose messages the page needs: those that go on, and the one that the page is about. */
function followedTasks({view, tasks}: PageState): string[] {
  if (view.kind === 'task') return tasks.map(({id}) => id)
  if (view.kind !== 'issue') return []
  return tasks.filter(({status}) => isActive(status)).map(({id}) => id)
}

function eventsUrl(state: PageState): string {
  const query = new URLSearchParams({workspace_id: state.workspace.id, cursor: state.cursor})
  for (const taskId of followedTasks(state)) query.append('task', taskId)
  return `/api/events?${query}`
}

export function toLogin(): void {
  const here = `${location.pathname}${location.search}`
  location.assign(`/login?next=${encodeURIComponent(here)}`)
}

/** Reads the page's data again: once for many reasons that come together, never two at a time. */
function createRefresh(store: () => Store): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  const run = async () => {
    timer = undefined
    busy = true
    try {
      const data = await request<PageData>('GET', `${location.pathname}${location.search}`)
      if (data.kind === 'workspace') store().dispatch({type: 'page:fetched', state: data.state})
    } catch (error) {
      if (error instanceof RequestError && error.status === 404) {
        store().dispatch({type: 'problem', problem: 'This page does not exist any more.'})
      }
    } finally {
      busy = false
    }
  }
  return () => {
    if (timer === undefined && !busy) timer = setTimeout(() => void run(), REFRESH_MS)
  }
}

/** Messages come in order, so a gap means that something went wrong on the way: it is read (fault A7). */
function createGapFiller(store: () => Store): (state: PageState) => void {
  const busy = new Set<string>()
  return (state) => {
    for (const [taskId, transcript] of Object.entries(state.transcripts)) {
      const since = gapAfter(transcript)
      if (since === undefined || busy.has(taskId)) continue
      busy.add(taskId)
      const query = `since=${since}&limit=${PAGE_MESSAGES}`
      void request<StoredTaskMessage[]>('GET', `/api/tasks/${taskId}/messages?${query}`)
        .then((messages) => store().dispatch({type: 'messages:fetched', taskId, messages}))
        .catch(() => undefined)
        .finally(() => busy.delete(taskId))
    }
  }
}

function reconcile(store: Store): void {
  for (const task of store.state().tasks.filter(({status}) => isActive(status))) {
    void request<Task>('GET', `/api/tasks/${task.id}`)
      .then((fetched) => {
        // An event that came in between is newer than this answer.
        if (store.state().tasks.includes(task))
          store.dispatch({type: 'task:fetched', task: fetched})
      })
      .catch(() => undefined)
  }
}
