import {useContext, useMemo, useState} from 'preact/hooks'
import type {Task} from '../../src/protocol/task.js'
import {Octicon, Spinner} from '../icons/octicon.js'
import type {PageState} from '../state/page-state.js'
import {countToolCalls} from '../state/rows.js'
import {emptyTranscript, shownMessages} from '../state/transcript.js'
import {formatDuration, plural} from '../text/duration.js'
import {taskDuration, usageText} from '../text/task-status.js'
import {ActionsContext} from './actions.js'
import {Requests} from './requests.js'
import {SendBox} from './send-box.js'
import {useNow} from './time.js'
import {TranscriptView} from './transcript-view.js'

const CARD_ROWS = 200

/** One active run, as it happens: who works since when on what, and every word and call (contract §8.1). */
export function LiveCard({state, task}: {state: PageState; task: Task}) {
  const transcript = state.transcripts[task.id] ?? emptyTranscript()
  const empty = transcript.messages.length === 0
  return (
    <section class="card live-card" data-task={task.id} aria-label={`Run of ${task.agent_name}`}>
      <LiveHeader state={state} task={task} />
      {task.status === 'queued' ? (
        <div class="card-wait">{waitingText(state, task)}</div>
      ) : (
        <>
          <Progress task={task} />
          {empty && <div class="card-wait">The agent is starting…</div>}
          {!empty && (
            <TranscriptView
              taskId={task.id}
              transcript={transcript}
              live={true}
              scroll="box"
              rows={CARD_ROWS}
            />
          )}
          <Requests state={state} task={task} />
          {task.status === 'running' && <SendBox state={state} task={task} />}
        </>
      )}
    </section>
  )
}

function LiveHeader({state, task}: {state: PageState; task: Task}) {
  const queued = task.status === 'queued'
  return (
    <header class="card-header">
      {queued || asks(task) ? (
        <Octicon name={asks(task) ? 'person' : 'clock'} class="tone-attention" />
      ) : (
        <Spinner label="running" />
      )}
      <div class="card-title">
        <strong>{task.agent_name || 'Agent'}</strong> {headline(task)}
        <span class="card-meta">
          <RunFacts state={state} task={task} />
        </span>
      </div>
      <a class="btn btn-sm" href={`/${state.workspace.slug}/tasks/${task.id}`}>
        Full log
      </a>
      <CancelButton taskId={task.id} />
    </header>
  )
}

const asks = (task: Task): boolean => task.status === 'running' && task.open_requests > 0

function headline(task: Task): string {
  if (task.status === 'queued') return 'is waiting'
  return asks(task) ? 'asks you' : 'is working'
}

/** Machine, elapsed time, calls and cost in one line. */
export function RunFacts({state, task}: {state: PageState; task: Task}) {
  const ended = task.completed_at !== null
  const now = useNow(state, !ended)
  const took = taskDuration(task, now)
  const transcript = state.transcripts[task.id]
  const counted = useMemo(
    () => (transcript ? countToolCalls(shownMessages(transcript)) : 0),
    [transcript],
  )
  const calls = counted + (state.earlierToolCalls[task.id] ?? 0)
  const facts = [
    runtimeText(state, task),
    took === undefined ? '' : formatDuration(took),
    calls > 0 ? plural(calls, 'tool call') : '',
    usageText(task.usage),
  ]
  return <>{facts.filter((fact) => fact !== '').join(' · ')}</>
}

function Progress({task}: {task: Task}) {
  const {progress} = task
  if (!progress || (progress.summary === '' && progress.total === 0)) return null
  const steps = progress.total > 0 ? `${progress.step}/${progress.total}` : ''
  return (
    <div class="card-progress">
      {progress.total > 0 && <progress value={progress.step} max={progress.total} />}
      {steps && <span class="tone-muted">{steps}</span>}
      <span class="card-progress-text">{progress.summary}</span>
    </div>
  )
}

/** Asks once more before it stops a run. */
export function CancelButton({taskId}: {taskId: string}) {
  const actions = useContext(ActionsContext)
  const [step, setStep] = useState<'idle' | 'asked' | 'busy'>('idle')
  const cancel = () => {
    setStep('busy')
    void actions.cancelTask(taskId).then((done) => !done && setStep('idle'))
  }
  if (step === 'idle') {
    return (
      <button type="button" class="btn btn-sm" onClick={() => setStep('asked')}>
        Cancel
      </button>
    )
  }
  return (
    <button
      type="button"
      class="btn btn-sm btn-danger"
      disabled={step === 'busy'}
      onClick={cancel}
      onBlur={() => step === 'asked' && setStep('idle')}
    >
      {step === 'busy' ? 'Stopping…' : 'Stop the run?'}
    </button>
  )
}

function runtimeText({runtimes}: PageState, task: Task): string {
  const runtime = runtimes.find(({id}) => id === task.runtime_id)
  return runtime ? runtime.name || runtime.provider : ''
}

function waitingText(state: PageState, task: Task): string {
  const runtime = state.runtimes.find(({id}) => id === task.runtime_id)
  if (runtime?.status === 'offline') {
    return `Waiting for ${runtime.name || runtime.provider} to come online: start it with “multica daemon start”.`
  }
  const busy = state.tasks.some(({id, status}) => id !== task.id && status === 'running')
  return busy
    ? 'Starts when the run before it has ended.'
    : 'Waiting for a machine to take the run…'
}
