import {useContext, useState} from 'preact/hooks'
import type {Task} from '../../src/protocol/task.js'
import type {TaskInput} from '../../src/protocol/task-request.js'
import {Octicon} from '../icons/octicon.js'
import type {PageState} from '../state/page-state.js'
import {ActionsContext} from './actions.js'

/** Where a person speaks to a running agent; below it stands what has not reached the agent. */
export function SendBox({state, task}: {state: PageState; task: Task}) {
  const actions = useContext(ActionsContext)
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const send = (event: Event) => {
    event.preventDefault()
    if (text.trim() === '' || busy) return
    setBusy(true)
    void actions.sendInput(task.id, text).then((sent) => {
      setBusy(false)
      if (sent) setText('')
    })
  }
  return (
    <div class="send-box">
      {(state.inputs[task.id] ?? []).map((input) => (
        <div key={input.id} class="send-note tone-muted">
          <Octicon name={input.status === 'pending' ? 'clock' : 'comment'} />
          <span>
            {noteOf(input)} “{input.text}”
          </span>
        </div>
      ))}
      <form class="send-form" onSubmit={send}>
        <input
          class="form-control"
          aria-label={`Message to ${task.agent_name || 'the agent'}`}
          placeholder={`Say something to ${task.agent_name || 'the agent'}`}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="btn btn-sm" disabled={busy || text.trim() === ''}>
          Send
        </button>
      </form>
    </div>
  )
}

function noteOf({status}: TaskInput): string {
  switch (status) {
    case 'deferred':
      return 'Kept as a comment for the next run:'
    case 'dropped':
      return 'Came too late for this run:'
    default:
      return 'On its way:'
  }
}
