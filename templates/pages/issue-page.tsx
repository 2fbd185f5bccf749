import type {TimelineEntry} from '../../src/protocol/issue.js'
import {CommentBox} from '../components/comment-box.js'
import {IssueSidebar} from '../components/issue-sidebar.js'
import {StatusBadge} from '../components/issue-status-badge.js'
import {LiveCard} from '../components/live-card.js'
import {Markdown} from '../components/markdown.js'
import {nameLookup} from '../components/names.js'
import {RunHistory} from '../components/run-history.js'
import {Shell} from '../components/shell.js'
import {Time} from '../components/time.js'
import {CommentFrame, Timeline} from '../components/timeline.js'
import type {IssueView, PageState} from '../state/page-state.js'
import {isActive} from '../text/task-status.js'

/** An issue: what is wanted, who works on it at this moment, what was said and done, and every run. */
export function IssuePage({state, view}: {state: PageState; view: IssueView}) {
  const {issue} = view
  const nameOf = nameLookup(state)
  const creator = nameOf(issue.creator_type, issue.creator_id) || 'Somebody'
  const active = state.tasks.filter(({status}) => isActive(status)).reverse()
  return (
    <Shell state={state} tab="issues">
      <header class="issue-header">
        <h1 class="issue-title">
          {issue.title} <span class="issue-number">{issue.identifier}</span>
        </h1>
        <div class="issue-meta">
          <StatusBadge status={issue.status} />
          <span>
            <strong>{creator}</strong> opened this issue <Time at={issue.created_at} />
          </span>
        </div>
      </header>
      {view.deleted && <div class="flash flash-warn">This issue has been deleted.</div>}
      <div class="issue-columns">
        <div class="issue-main">
          <CommentFrame
            id="description"
            type={issue.creator_type}
            author={creator}
            verb="opened"
            at={issue.created_at}
          >
            {issue.description?.trim() ? (
              <Markdown text={issue.description} class="comment-body" />
            ) : (
              <p class="comment-body tone-muted">No description provided.</p>
            )}
          </CommentFrame>
          {active.map((task) => (
            <LiveCard key={task.id} state={state} task={task} />
          ))}
          <Timeline
            slug={state.workspace.slug}
            entries={view.timeline.filter(isNews)}
            nameOf={nameOf}
            tasks={state.tasks}
          />
          <CommentBox name={state.me.name} hint={commentHint(state, view)} />
          <RunHistory state={state} />
        </div>
        <IssueSidebar state={state} view={view} />
      </div>
    </Shell>
  )
}

/** Who opened the issue stands above it already. */
const isNews = ({action}: TimelineEntry): boolean => action !== 'created'

/** A comment sets an assigned agent to work: said before it is sent (contract §7.5). */
function commentHint(state: PageState, {issue}: IssueView): string {
  if (issue.assignee_type !== 'agent') return ''
  if (issue.status === 'done' || issue.status === 'cancelled') return ''
  const agent = state.agents.find(({id}) => id === issue.assignee_id)
  return agent ? `${agent.name} reads it and goes on working.` : ''
}
