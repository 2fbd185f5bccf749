import type {IssueStatus} from '../../src/protocol/issue.js'
import {Octicon} from '../icons/octicon.js'
import {ISSUE_STATUS_LOOK} from '../text/issue-status.js'

/** The coloured pill at the head of an issue. */
export function StatusBadge({status}: {status: IssueStatus}) {
  const look = ISSUE_STATUS_LOOK[status]
  return (
    <span class={`state state-${look.tone}`}>
      <Octicon name={look.icon} /> {look.label}
    </span>
  )
}

export function StatusIcon({status}: {status: IssueStatus}) {
  const look = ISSUE_STATUS_LOOK[status]
  return <Octicon name={look.icon} class={`tone-${look.tone}`} label={look.label} />
}
