import {useContext, useState} from 'preact/hooks'
import type {IssuePriority} from '../../src/protocol/issue.js'
import {ActionsContext, type AssigneeChoice} from '../components/actions.js'
import {AssigneeSelect} from '../components/assignee-select.js'
import {WriteOrPreview} from '../components/comment-box.js'
import {Shell} from '../components/shell.js'
import type {PageState} from '../state/page-state.js'
import {PRIORITY_LABELS} from '../text/issue-status.js'

/** The form of a new issue. An agent that is chosen here begins at once. */
export function NewIssuePage({state}: {state: PageState}) {
  const actions = useContext(ActionsContext)
  const [title, setTitle] = useState('')
  const [description, setDescription] = useState('')
  const [priority, setPriority] = useState<IssuePriority>('none')
  const [assignee, setAssignee] = useState<AssigneeChoice | null>(null)
  const [busy, setBusy] = useState(false)
  const create = (event: Event) => {
    event.preventDefault()
    if (title.trim() === '' || busy) return
    setBusy(true)
    void actions
      .createIssue({title: title.trim(), description, priority, assignee})
      .then((created) => !created && setBusy(false))
  }
  const starts = assignee?.type === 'agent'
  return (
    <Shell state={state} tab="issues">
      <h1 class="page-title">New issue</h1>
      <form class="issue-columns" onSubmit={create}>
        <div class="issue-main">
          <label class="field-label" for="title">
            Title
          </label>
          <input
            id="title"
            class="form-control field"
            maxLength={500}
            required
            autocomplete="off"
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
          <div class="field-label">Description</div>
          <div class="card">
            <WriteOrPreview text={description} onText={setDescription} label="Description" />
          </div>
          <div class="form-end">
            <button type="submit" class="btn btn-primary" disabled={busy || title.trim() === ''}>
              {busy ? 'Creating…' : starts ? 'Create and start' : 'Create issue'}
            </button>
          </div>
        </div>
        <aside class="sidebar">
          <section class="sidebar-section">
            <h2 class="sidebar-title">Assignee</h2>
            <AssigneeSelect state={state} value={assignee} onChoose={setAssignee} />
            {starts && <p class="note">The agent begins as soon as the issue is created.</p>}
          </section>
          <section class="sidebar-section">
            <h2 class="sidebar-title">Priority</h2>
            <select
              class="form-select select-wide"
              aria-label="Priority"
              value={priority}
              onChange={(event) => setPriority(event.currentTarget.value as IssuePriority)}
            >
              {Object.entries(PRIORITY_LABELS).map(([name, label]) => (
                <option key={name} value={name} selected={name === priority}>
                  {label}
                </option>
              ))}
            </select>
          </section>
        </aside>
      </form>
    </Shell>
  )
}
