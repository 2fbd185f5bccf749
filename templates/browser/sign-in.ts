import type {Actions} from '../components/actions.js'
import type {PlainPage} from '../state/page-state.js'
import {RequestError, request} from './http.js'
import {sentence} from './page-actions.js'

/** The two ways into the pages: a personal access token, and a one-time link. */
export function createSignIn(data: PlainPage): Pick<Actions, 'signIn' | 'useLink'> {
  const enter = async (path: string, body: unknown, next: string) => {
    try {
      await request('POST', path, body)
      location.replace(next)
      return undefined
    } catch (error) {
      if (error instanceof RequestError && error.status === 401 && path === '/auth/session') {
        return 'This token is not valid, or it has been revoked.'
      }
      return sentence(error)
    }
  }
  return {
    signIn: (token) => enter('/auth/session', {token}, data.kind === 'login' ? data.next : '/'),
    useLink: () => enter('/auth/link', {code: data.kind === 'link' ? data.code : ''}, '/'),
  }
}
