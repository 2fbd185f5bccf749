import {useContext, useEffect, useState} from 'preact/hooks'
import {ActionsContext} from '../components/actions.js'
import {Octicon, Spinner} from '../icons/octicon.js'

/** What a one-time sign-in link opens. It is used up by this page, not by a program that previews links. */
export function LinkPage() {
  const actions = useContext(ActionsContext)
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    void actions.useLink().then(setProblem)
  }, [actions])
  return (
    <main class="gate">
      <Octicon name="stack" class="gate-logo" />
      <h1 class="gate-title">
        {problem === undefined ? 'Signing in…' : 'This link does not work'}
      </h1>
      {problem === undefined ? (
        <Spinner label="signing in" />
      ) : (
        <>
          <p class="gate-text">{problem}</p>
          <a class="btn" href="/login">
            Sign in with a token
          </a>
        </>
      )}
    </main>
  )
}
