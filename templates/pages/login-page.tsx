import {useContext, useState} from 'preact/hooks'
import {ActionsContext} from '../components/actions.js'
import {Octicon} from '../icons/octicon.js'

/** Sign-in with a personal access token; the easy way, a link from the terminal, is named beside it. */
export function LoginPage() {
  const actions = useContext(ActionsContext)
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const signIn = (event: Event) => {
    event.preventDefault()
    setBusy(true)
    void actions.signIn(token.trim()).then((text) => {
      setProblem(text)
      if (text !== undefined) setBusy(false)
    })
  }
  return (
    <main class="gate">
      <Octicon name="stack" class="gate-logo" />
      <h1 class="gate-title">Sign in to multica</h1>
      {problem !== undefined && (
        <div class="flash flash-error" role="alert">
          <span class="flash-text">{problem}</span>
        </div>
      )}
      <form class="card gate-form" onSubmit={signIn}>
        <label class="field-label" for="token">
          Personal access token
        </label>
        <input
          id="token"
          class="form-control field"
          type="password"
          placeholder="mul_…"
          autocomplete="current-password"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button
          type="submit"
          class="btn btn-primary btn-block"
          disabled={busy || token.trim() === ''}
        >
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <div class="card gate-note">
        Signed in on the command line? <code>multica auth link</code> prints a link that opens these
        pages without a token.
      </div>
    </main>
  )
}
