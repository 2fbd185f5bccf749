import '@github/relative-time-element'
import {hydrate, render} from 'preact'
import {type Actions, ActionsContext, NO_ACTIONS} from '../components/actions.js'
import {App} from '../pages/app.js'
import {pageTitle} from '../pages/page-title.js'
import type {PageData} from '../state/page-state.js'
import {createPageActions} from './page-actions.js'
import {createSignIn} from './sign-in.js'
import {startWorkspacePage} from './workspace.js'

/** Takes over the page that the server has drawn. */
function start(): void {
  const root = document.getElementById('app')
  const text = document.getElementById('page-data')?.textContent
  if (!root || !text) return
  const data = JSON.parse(text) as PageData
  const view = (shown: PageData, actions: Actions) => (
    <ActionsContext.Provider value={actions}>
      <App data={shown} />
    </ActionsContext.Provider>
  )
  if (data.kind !== 'workspace') {
    hydrate(view(data, {...NO_ACTIONS, ...createSignIn(data)}), root)
    return
  }
  const clockSkewMs = Date.parse(data.state.renderedAt) - Date.now()
  const store = startWorkspacePage({...data.state, clockSkewMs}, (state) => {
    const shown: PageData = {kind: 'workspace', state}
    render(view(shown, actions), root)
    document.title = pageTitle(shown)
  })
  const actions: Actions = {...NO_ACTIONS, ...createPageActions(store)}
  hydrate(view(data, actions), root)
}

start()
