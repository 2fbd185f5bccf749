import type {Task} from '../../src/protocol/task.js'
import {Octicon, Spinner} from '../icons/octicon.js'
import type {PageState} from '../state/page-state.js'
import {formatDuration, plural} from '../text/duration.js'
import {endReasonText, TASK_STATUS_LOOK, taskDuration, usageText} from '../text/task-status.js'
import {Time} from './time.js'

/** Every run of an issue, newest first, each with its own page. */
export function RunHistory({state}: {state: PageState}) {
  if (state.tasks.length === 0) return null
  return (
    <section class="card" id="runs" aria-label="Runs">
      <header class="card-header">
        <Octicon name="history" class="tone-muted" />
        <div class="card-title">
          <strong>Runs</strong> <span class="counter">{state.tasks.length}</span>
        </div>
      </header>
      <ul class="list">
        {state.tasks.map((task) => (
          <RunItem key={task.id} slug={state.workspace.slug} task={task} />
        ))}
      </ul>
    </section>
  )
}

function RunItem({slug, task}: {slug: string; task: Task}) {
  const look = TASK_STATUS_LOOK[task.status]
  const took = task.completed_at ? taskDuration(task, 0) : undefined
  const facts = [
    took === undefined ? '' : formatDuration(took),
    usageText(task.usage),
    task.attempt > 1 ? `attempt ${task.attempt}` : '',
  ].filter((fact) => fact !== '')
  return (
    <li class="list-item" data-run={task.id}>
      <span class="list-mark">
        <TaskMark task={task} />
      </span>
      <div class="list-main">
        <a class="list-title" href={`/${slug}/tasks/${task.id}`}>
          {task.agent_name || 'Agent'}
        </a>{' '}
        <span class="tone-muted">
          {look.label.toLowerCase()}
          {endReasonText(task) && `: ${endReasonText(task)}`}
        </span>
        {task.error && <div class="list-problem">{task.error}</div>}
      </div>
      <div class="list-aside">
        {task.diff && <ChangesLink slug={slug} task={task} />}
        {facts.length > 0 && <span>{facts.join(' · ')}</span>}
        <Time at={task.created_at} />
      </div>
    </li>
  )
}

/** `+12 −4`: the way to what a run has changed. */
export function ChangesLink({slug, task}: {slug: string; task: Task}) {
  if (!task.diff) return null
  const {files, additions, deletions} = task.diff
  return (
    <a
      class="changes-link"
      href={`/${slug}/tasks/${task.id}/changes`}
      title={plural(files, 'changed file')}
    >
      <Octicon name="file-diff" /> <span class="tone-open">+{additions}</span>{' '}
      <span class="tone-danger">−{deletions}</span>
    </a>
  )
}

export function TaskMark({task}: {task: Task}) {
  const look = TASK_STATUS_LOOK[task.status]
  if (task.status === 'running') return <Spinner label={look.label} />
  return <Octicon name={look.icon} class={`tone-${look.tone}`} label={look.label} />
}
