import type {PageData, PageState} from '../state/page-state.js'
import {isActive} from '../text/task-status.js'

/** What the browser's tab says; an active run is marked, so that it is seen from other tabs. */
export function pageTitle(data: PageData): string {
  if (data.kind === 'login' || data.kind === 'link') return 'Sign in · multica'
  if (data.kind === 'message') return `${data.title} · multica`
  const {state} = data
  return `${viewTitle(state)} · ${state.workspace.name} · multica`
}

function viewTitle({view, tasks}: PageState): string {
  const mark = tasks.some(({status}) => isActive(status)) ? '● ' : ''
  switch (view.kind) {
    case 'issue':
      return `${mark}${view.issue.title} · ${view.issue.identifier}`
    case 'task':
      return `${mark}${tasks[0]?.agent_name ?? 'Run'} · ${tasks[0]?.issue_identifier ?? 'run'}`
    case 'new-issue':
      return 'New issue'
    case 'agents':
      return 'Agents'
    case 'issues':
      return 'Issues'
  }
}
