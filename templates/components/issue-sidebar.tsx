import {useContext, useState} from 'preact/hooks'
import type {IssuePriority, IssueStatus} from '../../src/protocol/issue.js'
import {Octicon} from '../icons/octicon.js'
import type {IssueView, PageState} from '../state/page-state.js'
import {plural} from '../text/duration.js'
import {ISSUE_STATUS_LOOK, ISSUE_STATUS_NAMES, PRIORITY_LABELS} from '../text/issue-status.js'
import {ActionsContext} from './actions.js'
import {AssigneeSelect} from './assignee-select.js'

/** What can be set on an issue. */
export function IssueSidebar({state, view}: {state: PageState; view: IssueView}) {
  const actions = useContext(ActionsContext)
  const [busy, setBusy] = useState(false)
  const {issue} = view
  const run = (change: Promise<boolean>) => {
    setBusy(true)
    void change.then(() => setBusy(false))
  }
  const assignee =
    issue.assignee_type && issue.assignee_id
      ? {type: issue.assignee_type, id: issue.assignee_id}
      : null
  return (
    <aside class="sidebar">
      <Section title="Assignee">
        <AssigneeSelect
          state={state}
          value={assignee}
          disabled={busy}
          onChoose={(choice) => run(actions.setAssignee(choice))}
        />
      </Section>
      <Section title="Status">
        <Choice
          label="Status"
          value={issue.status}
          disabled={busy}
          options={ISSUE_STATUS_NAMES.map((name) => [name, ISSUE_STATUS_LOOK[name].label])}
          onChoose={(value) => run(actions.setStatus(value as IssueStatus))}
        />
      </Section>
      <Section title="Priority">
        <Choice
          label="Priority"
          value={issue.priority}
          disabled={busy}
          options={Object.entries(PRIORITY_LABELS)}
          onChoose={(value) => run(actions.setPriority(value as IssuePriority))}
        />
      </Section>
      {state.tasks.length > 0 && (
        <Section title="Runs">
          <a class="sidebar-link" href="#runs">
            <Octicon name="history" /> {plural(state.tasks.length, 'run')}
          </a>
        </Section>
      )}
    </aside>
  )
}

function Section({title, children}: {title: string; children: preact.ComponentChildren}) {
  return (
    <section class="sidebar-section">
      <h2 class="sidebar-title">{title}</h2>
      {children}
    </section>
  )
}

interface ChoiceProps {
  label: string
  value: string
  disabled: boolean
  options: readonly (readonly [string, string])[]
  onChoose: (value: string) => void
}

function Choice({label, value, disabled, options, onChoose}: ChoiceProps) {
  return (
    <select
      class="form-select select-wide"
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {options.map(([name, text]) => (
        <option key={name} value={name} selected={name === value}>
          {text}
        </option>
      ))}
    </select>
  )
}
