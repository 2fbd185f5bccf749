import type {PageData, PageState} from '../state/page-state.js'
import {AgentsPage} from './agents-page.js'
import {IssuePage} from './issue-page.js'
import {IssuesPage} from './issues-page.js'
import {LinkPage} from './link-page.js'
import {LoginPage} from './login-page.js'
import {MessagePage} from './message-page.js'
import {NewIssuePage} from './new-issue-page.js'
import {TaskPage} from './task-page.js'

/** The page that its data asks for; the same on the server and in the browser. */
export function App({data}: {data: PageData}) {
  switch (data.kind) {
    case 'login':
      return <LoginPage />
    case 'link':
      return <LinkPage />
    case 'message':
      return <MessagePage title={data.title} text={data.text} home={data.home} />
    case 'workspace':
      return <WorkspacePage state={data.state} />
  }
}

function WorkspacePage({state}: {state: PageState}) {
  const {view} = state
  switch (view.kind) {
    case 'issues':
      return <IssuesPage state={state} view={view} />
    case 'issue':
      return <IssuePage state={state} view={view} />
    case 'task':
      return <TaskPage state={state} view={view} />
    case 'new-issue':
      return <NewIssuePage state={state} />
    case 'agents':
      return <AgentsPage state={state} />
  }
}
