import type {Task} from '../../src/protocol/task.js'
import {ChangesView} from '../components/changes-view.js'
import {CancelButton, RunFacts} from '../components/live-card.js'
import {Markdown} from '../components/markdown.js'
import {Requests} from '../components/requests.js'
import {RetryButton} from '../components/retry-button.js'
import {TaskMark} from '../components/run-history.js'
import {SendBox} from '../components/send-box.js'
import {Shell} from '../components/shell.js'
import {Time} from '../components/time.js'
import {TranscriptView} from '../components/transcript-view.js'
import {Octicon} from '../icons/octicon.js'
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
        {!task.pruned_at && (
          <a class="run-export" href={`/api/tasks/${task.id}/messages?format=ndjson`}>
            Download log
          </a>
        )}
      </div>
      {view.deleted && <div class="flash flash-warn">This issue has been deleted.</div>}
      <Ending task={task} />
      <div class="run-log-asks">
        <Requests state={state} task={task} />
      </div>
      <RunTabs path={`/${state.workspace.slug}/tasks/${task.id}`} task={task} view={view} />
      {view.changes === undefined ? (
        <Log state={state} task={task} live={live} />
      ) : view.changes === null ? (
        <div class="card card-wait">{noChangesText(task, live)}</div>
      ) : (
        <ChangesView diff={view.changes} />
      )}
      {task.status === 'running' && (
        <div class="card run-send">
          <SendBox state={state} task={task} />
        </div>
      )}
    </Shell>
  )
}

function RunTabs({path, task, view}: {path: string; task: Task; view: TaskView}) {
  const current = (isIt: boolean) => (isIt ? 'page' : undefined)
  return (
    <nav class="tabs run-tabs" aria-label="Run">
      <a class="tab" href={path} aria-current={current(view.changes === undefined)}>
        <Octicon name="terminal" /> Log
      </a>
      <a class="tab" href={`${path}/changes`} aria-current={current(view.changes !== undefined)}>
        <Octicon name="file-diff" /> Files changed
        {task.diff && <span class="counter">{task.diff.files}</span>}
      </a>
    </nav>
  )
}

function Log({state, task, live}: {state: PageState; task: Task; live: boolean}) {
  const transcript = state.transcripts[task.id] ?? emptyTranscript()
  // Who has it on the page already keeps it.
  if (task.pruned_at && transcript.messages.length === 0) return <Deleted task={task} />
  return (
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
  )
}

function Deleted({task}: {task: Task}) {
  const day = task.pruned_at?.slice(0, 10)
  return (
    <section class="card run-log" aria-label="Transcript">
      <div class="card-wait">
        The transcript of this run was deleted on {day}; its result is kept.
      </div>
      {task.result?.output && <Markdown text={task.result.output} class="run-result" />}
    </section>
  )
}

function noChangesText(task: Task, live: boolean): string {
  if (task.pruned_at) return 'The changes of this run were deleted with its transcript.'
  if (live) return 'The changes are gathered when the run ends.'
  return 'This run has worked in no git checkout.'
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
