import type {WorkspaceEvents} from '../../src/protocol/events.js'
import type {Comment, TimelineEntry} from '../../src/protocol/issue.js'
import type {PageState} from './page-state.js'

type TimelineEvent = {
  [N in 'comment:created' | 'comment:updated' | 'comment:deleted' | 'activity:created']: {
    type: N
    payload: WorkspaceEvents[N]
  }
}['comment:created' | 'comment:updated' | 'comment:deleted' | 'activity:created']

/** Comments and activities of the shown issue: new ones in their place, known ones replaced (contract §8.2). */
export function reduceTimeline(state: PageState, event: TimelineEvent): PageState {
  const {view} = state
  if (view.kind !== 'issue') return state
  switch (event.type) {
    case 'comment:created':
    case 'comment:updated': {
      const {comment} = event.payload
      if (comment.issue_id !== view.issue.id) return state
      return {...state, view: {...view, timeline: put(view.timeline, commentEntry(comment))}}
    }
    case 'comment:deleted':
      return {...state, view: {...view, timeline: without(view.timeline, event.payload.comment_id)}}
    case 'activity:created':
      if (event.payload.issue_id !== view.issue.id) return state
      return {...state, view: {...view, timeline: put(view.timeline, event.payload.entry)}}
  }
}

export const commentEntry = (comment: Comment): TimelineEntry => ({
  type: 'comment',
  id: comment.id,
  actor_type: comment.author_type,
  actor_id: comment.author_id,
  actor_name: comment.author_name,
  content: comment.content,
  comment_type: comment.type,
  created_at: comment.created_at,
  updated_at: comment.updated_at,
  ...(comment.parent_id && {parent_id: comment.parent_id}),
  ...(comment.task_id && {task_id: comment.task_id}),
})

function put(timeline: readonly TimelineEntry[], entry: TimelineEntry): TimelineEntry[] {
  if (timeline.some(({id}) => id === entry.id)) {
    return timeline.map((old) => (old.id === entry.id ? entry : old))
  }
  return [...timeline, entry].sort(
    (a, b) => compare(a.created_at, b.created_at) || compare(a.id, b.id),
  )
}

/** A comment goes with everything below it. */
function without(timeline: readonly TimelineEntry[], commentId: string): TimelineEntry[] {
  const gone = new Set([commentId])
  for (let before = 0; before !== gone.size; ) {
    before = gone.size
    for (const {id, parent_id} of timeline) if (parent_id && gone.has(parent_id)) gone.add(id)
  }
  return timeline.filter(({id}) => !gone.has(id))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
