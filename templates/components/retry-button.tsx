import {useContext, useState} from 'preact/hooks'
import {ActionsContext} from './actions.js'

/** Runs again what an ended run was to do. */
export function RetryButton({taskId}: {taskId: string}) {
  const actions = useContext(ActionsContext)
  const [busy, setBusy] = useState(false)
  const retry = () => {
    setBusy(true)
    void actions.retryTask(taskId).then((done) => !done && setBusy(false))
  }
  return (
    <button type="button" class="btn btn-sm" disabled={busy} onClick={retry}>
      {busy ? 'Starting…' : 'Run again'}
    </button>
  )
}
