import {useContext, useState} from 'preact/hooks'
import type {Task} from '../../src/protocol/task.js'
import type {RequestAnswer, RequestPayload, TaskRequest} from '../../src/protocol/task-request.js'
import {Octicon} from '../icons/octicon.js'
import type {PageState} from '../state/page-state.js'
import {toolIcon, toolSummary} from '../text/tool-summary.js'
import {ActionsContext} from './actions.js'
import {AnswerForm} from './answer-form.js'

/** What a run asks people, each with the way to answer. */
export function Requests({state, task}: {state: PageState; task: Task}) {
  return (
    <>
      {(state.requests[task.id] ?? []).map((request) => (
        <RequestBox key={request.id} request={request} />
      ))}
    </>
  )
}

function RequestBox({request}: {request: TaskRequest}) {
  const actions = useContext(ActionsContext)
  const [busy, setBusy] = useState(false)
  const answer = (body: RequestAnswer) => {
    setBusy(true)
    void actions
      .answerRequest(request.task_id, request.id, body)
      .then((done) => !done && setBusy(false))
  }
  const {payload} = request
  return (
    <section class="request" aria-label="The agent asks" data-request={request.id}>
      {payload.kind === 'permission' ? (
        <Permission payload={payload} busy={busy} onAnswer={answer} />
      ) : (
        <AnswerForm questions={payload.questions} busy={busy} onAnswer={answer} />
      )}
    </section>
  )
}

interface PermissionProps {
  payload: Extract<RequestPayload, {kind: 'permission'}>
  busy: boolean
  onAnswer: (answer: RequestAnswer) => void
}

function Permission({payload, busy, onAnswer}: PermissionProps) {
  const [reason, setReason] = useState('')
  const {tool, input, title} = payload
  const deny = () => {
    const message = reason.trim()
    onAnswer({outcome: 'deny', ...(message && {message})})
  }
  return (
    <>
      <div class="request-head">
        <Octicon name={toolIcon(tool)} class="tone-attention" />
        <strong>May I use {tool}?</strong>
      </div>
      {title && <p class="request-text">{title}</p>}
      <pre class="request-input">{inputOf(input)}</pre>
      <div class="request-actions">
        <input
          class="form-control request-reason"
          aria-label="Reason for a no"
          placeholder="Reason for a no (optional)"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <button type="button" class="btn" disabled={busy} onClick={deny}>
          Deny
        </button>
        <button
          type="button"
          class="btn btn-primary"
          disabled={busy}
          onClick={() => onAnswer({outcome: 'allow'})}
        >
          Approve
        </button>
      </div>
    </>
  )
}

/** A command as it is; anything else as JSON, because all of it counts. */
function inputOf(input: Record<string, unknown>): string {
  const entries = Object.entries(input)
  const [only] = entries
  if (entries.length === 1 && typeof only?.[1] === 'string') return only[1]
  return entries.length === 0 ? toolSummary(input) || '(no input)' : JSON.stringify(input, null, 2)
}
