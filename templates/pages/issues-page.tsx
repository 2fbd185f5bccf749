import type {Task} from '../../src/protocol/task.js'
import {Avatar} from '../components/actor.js'
import {StatusIcon} from '../components/issue-status-badge.js'
import {nameLookup} from '../components/names.js'
import {Shell} from '../components/shell.js'
import {Time} from '../components/time.js'
import {Octicon, Spinner} from '../icons/octicon.js'
import type {IssueListView, ListedIssue, PageState} from '../state/page-state.js'
import type {NameOf} from '../text/activity.js'
import {ISSUE_STATUS_LOOK} from '../text/issue-status.js'

/** The issues of a workspace, open or closed, with a mark on those that an agent works on. */
export function IssuesPage({state, view}: {state: PageState; view: IssueListView}) {
  const home = `/${state.workspace.slug}/issues`
  const nameOf = nameLookup(state)
  return (
    <Shell state={state} tab="issues">
      <div class="page-head">
        <h1 class="page-title">Issues</h1>
        <a class="btn btn-primary" href={`${home}/new`}>
          New issue
        </a>
      </div>
      <section class="card" aria-label="Issues">
        <header class="card-header">
          <Filter href={home} here={view.filter === 'open'} count={view.counts.open}>
            <Octicon name="issue-opened" /> Open
          </Filter>
          <Filter
            href={`${home}?filter=closed`}
            here={view.filter === 'closed'}
            count={view.counts.closed}
          >
            <Octicon name="check" /> Closed
          </Filter>
        </header>
        {view.issues.length === 0 ? (
          <Blank filter={view.filter} href={`${home}/new`} />
        ) : (
          <ul class="list">
            {view.issues.map((issue) => (
              <IssueItem key={issue.id} state={state} issue={issue} nameOf={nameOf} />
            ))}
          </ul>
        )}
      </section>
      <Paging home={home} view={view} />
    </Shell>
  )
}

interface FilterProps {
  href: string
  here: boolean
  count: number
  children: preact.ComponentChildren
}

function Filter({href, here, count, children}: FilterProps) {
  return (
    <a class="filter" href={href} aria-current={here ? 'page' : undefined}>
      {children} <span class="counter">{count.toLocaleString('en')}</span>
    </a>
  )
}

interface IssueItemProps {
  state: PageState
  issue: ListedIssue
  nameOf: NameOf
}

function IssueItem({state, issue, nameOf}: IssueItemProps) {
  const task = state.tasks.find(({issue_id}) => issue_id === issue.id)
  const assignee = nameOf(issue.assignee_type, issue.assignee_id)
  const creator = nameOf(issue.creator_type, issue.creator_id) || 'somebody'
  return (
    <li class="list-item" data-issue={issue.identifier}>
      <span class="list-mark">
        <StatusIcon status={issue.status} />
      </span>
      <div class="list-main">
        <a class="list-title" href={`/${state.workspace.slug}/issues/${issue.number}`}>
          {issue.title}
        </a>{' '}
        {task && <RunLabel task={task} />}
        <div class="list-sub">
          {issue.identifier} · {ISSUE_STATUS_LOOK[issue.status].label} · opened{' '}
          <Time at={issue.created_at} /> by {creator}
        </div>
      </div>
      <div class="list-aside">
        {assignee && (
          <span class="list-assignee" title={`Assigned to ${assignee}`}>
            <Avatar type={issue.assignee_type ?? 'member'} name={assignee} />
            <span class="wide-only">{assignee}</span>
          </span>
        )}
      </div>
    </li>
  )
}

function RunLabel({task}: {task: Task}) {
  const agent = task.agent_name || 'agent'
  const asks = task.status === 'running' && task.open_requests > 0
  const icon = asks ? 'person' : 'clock'
  const text = asks ? `${agent} asks you` : `${agent} is working`
  return (
    <span class="label label-running">
      {asks || task.status === 'queued' ? <Octicon name={icon} /> : <Spinner />}
      {task.status === 'queued' ? 'queued' : text}
    </span>
  )
}

function Blank({filter, href}: {filter: 'open' | 'closed'; href: string}) {
  return (
    <div class="blank">
      <Octicon name="issue-opened" class="tone-muted" />
      <h2>{filter === 'open' ? 'No open issues' : 'No closed issues'}</h2>
      {filter === 'open' && (
        <p>
          <a href={href}>Open an issue</a>, give it to an agent, and watch it work.
        </p>
      )}
    </div>
  )
}

function Paging({home, view}: {home: string; view: IssueListView}) {
  if (view.pages <= 1) return null
  const link = (page: number) =>
    `${home}?${view.filter === 'closed' ? 'filter=closed&' : ''}page=${page}`
  return (
    <nav class="paging" aria-label="Pages">
      {view.page > 1 && (
        <a class="btn btn-sm" href={link(view.page - 1)} rel="prev">
          Previous
        </a>
      )}
      <span class="tone-muted">
        Page {view.page} of {view.pages}
      </span>
      {view.page < view.pages && (
        <a class="btn btn-sm" href={link(view.page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  )
}
