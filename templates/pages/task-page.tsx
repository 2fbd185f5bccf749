import type {Task} from '../../src/protocol/task.js'
import {CancelButton, RunFacts} from '../components/live-card.js'
import {RetryButton} from '../components/retry-button.js'
import {TaskMark} from '../components/run-history.js'
import {Shell} from '../components/shell.js'
import {Time} from '../components/time.js'
import {TranscriptView} from '../components/transcript-view.js'
import type {PageState, TaskView} from '../state/page-state.js'
import {emptyTranscript} from '../state/transcript.js'
import {endReasonText, isActive, TASK_STATUS_LOOK} from '../text/task-status.js'

const PAGE_ROWS = 400

/** One run with its whole transcript, live while it goes on. */
export function TaskPage({state, view}: {state: PageState; view: TaskView}) {
  const task = state.tasks.find(({id}) => id === view.taskId)
  if (!task)
    return (
      <Shell state={state} tab="issues">
        This run is gone.
      </Shell>
    )
  const live = isActive(task.status)
  const transcript = state.transcripts[task.id] ?? emptyTranscript()
  return (
    <Shell state={state} tab="issues">
      <Crumbs state={state} view={view} task={task} />
      <header class="run-header">
        <TaskMark task={task} />
        <h1 class="run-title">
          {task.agent_name || 'Agent'} <span class="issue-number">{headline(task)}</span>
        </h1>
        {live && <CancelButton taskId={task.id} />}
        {!live && task.issue_id && !view.deleted && <RetryButton taskId={task.id} />}
      </header>
      <div class="run-meta">
        <RunFacts state={state} task={task} /> · created <Time at={task.created_at} />
        {task.attempt > 1 && ` · attempt ${task.attempt}`}
        <a class="run-export" href={`/api/tasks/${task.id}/messages?format=ndjson`}>
          Download log
        </a>
      </div>
      {view.deleted && <div class="flash flash-warn">This issue has been deleted.</div>}
      <Ending task={task} />
      <section class="card run-log" aria-label="Transcript">
        {transcript.messages.length === 0 && (
          <div class="card-wait">
            {live ? 'Nothing said so far.' : 'This run ended without a word.'}
          </div>
        )}
        <TranscriptView
          taskId={task.id}
          transcript={transcript}
          live={live}
          scroll="page"
          rows={PAGE_ROWS}
        />
      </section>
    </Shell>
  )
}

function Crumbs({state, view, task}: {state: PageState; view: TaskView; task: Task}) {
  const issues = `/${state.workspace.slug}/issues`
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href={issues}>Issues</a>
      {view.issueNumber !== null && (
        <>
          {' / '}
          <a href={`${issues}/${view.issueNumber}`}>
            {task.issue_title} <span class="tone-muted">{task.issue_identifier}</span>
          </a>
        </>
      )}
      {' / Run'}
    </nav>
  )
}

function Ending({task}: {task: Task}) {
  const reason = endReasonText(task)
  if (!reason && !task.error) return null
  return (
    <div class={`flash ${task.status === 'failed' ? 'flash-error' : 'flash-warn'}`}>
      <span class="flash-text">
        {reason && <strong>{capital(reason)}.</strong>} {task.error}
      </span>
    </div>
  )
}

const headline = (task: Task): string => TASK_STATUS_LOOK[task.status].label.toLowerCase()
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
