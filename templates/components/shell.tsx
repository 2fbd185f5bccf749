import type {ComponentChildren} from 'preact'
import {useContext} from 'preact/hooks'
import {Octicon} from '../icons/octicon.js'
import type {PageState} from '../state/page-state.js'
import {ActionsContext} from './actions.js'
import {Avatar} from './actor.js'

interface ShellProps {
  state: PageState
  tab: 'issues' | 'agents'
  children: ComponentChildren
}

/** What is around every page of a workspace. */
export function Shell({state, tab, children}: ShellProps) {
  const home = `/${state.workspace.slug}`
  return (
    <div class="shell">
      <header class="topbar">
        <div class="topbar-row">
          <a class="topbar-logo" href="/" aria-label="Home">
            <Octicon name="stack" />
          </a>
          <a class="topbar-workspace" href={`${home}/issues`}>
            {state.workspace.name}
          </a>
          <Workspaces state={state} />
          <span class="topbar-fill" />
          <Connection state={state} />
          <Person name={state.me.name} />
        </div>
        <nav class="tabs" aria-label="Workspace">
          <a
            class="tab"
            href={`${home}/issues`}
            aria-current={tab === 'issues' ? 'page' : undefined}
          >
            <Octicon name="issue-opened" /> Issues
          </a>
          <a
            class="tab"
            href={`${home}/agents`}
            aria-current={tab === 'agents' ? 'page' : undefined}
          >
            <Octicon name="hubot" /> Agents
          </a>
        </nav>
      </header>
      <Problem text={state.problem} />
      <main class="page">{children}</main>
    </div>
  )
}

function Workspaces({state}: {state: PageState}) {
  const others = state.workspaces.filter(({slug}) => slug !== state.workspace.slug)
  if (others.length === 0) return null
  return (
    <details class="menu">
      <summary class="btn btn-sm btn-invisible" aria-label="Other workspaces">
        <Octicon name="chevron-down" />
      </summary>
      <div class="menu-list">
        {others.map(({name, slug}) => (
          <a key={slug} class="menu-item" href={`/${slug}/issues`}>
            {name}
          </a>
        ))}
      </div>
    </details>
  )
}

function Connection({state}: {state: PageState}) {
  if (state.connection !== 'waiting') return null
  return (
    <span class="connection" role="status">
      <Octicon name="sync" /> Reconnecting…
    </span>
  )
}

function Person({name}: {name: string}) {
  const actions = useContext(ActionsContext)
  return (
    <details class="menu menu-right">
      <summary aria-label={`Signed in as ${name}`}>
        <Avatar type="member" name={name} />
      </summary>
      <div class="menu-list">
        <div class="menu-title">
          Signed in as <strong>{name}</strong>
        </div>
        <button type="button" class="menu-item" onClick={() => void actions.signOut()}>
          <Octicon name="sign-out" /> Sign out
        </button>
      </div>
    </details>
  )
}

function Problem({text}: {text: string | undefined}) {
  const actions = useContext(ActionsContext)
  if (!text) return null
  return (
    <div class="flash flash-error" role="alert">
      <Octicon name="alert" />
      <span class="flash-text">{text}</span>
      <button
        type="button"
        class="close-button"
        aria-label="Dismiss"
        onClick={() => actions.dismissProblem()}
      >
        <Octicon name="x" />
      </button>
    </div>
  )
}
