import {Flags} from '@oclif/core'
import {invalid} from '../errors.js'
import {ISSUE_PRIORITIES, ISSUE_STATUSES, type IssueStatus} from '../protocol/issue.js'

const STATUSES = ISSUE_STATUSES.join(', ')

/** The fields of an issue, for `issue create` and `issue update`. */
export const issueFieldFlags = {
  description: Flags.string({
    description: 'text of the issue, Markdown',
    exclusive: ['description-file'],
  }),
  'description-file': Flags.string({description: 'file with the text; - for standard input'}),
  status: Flags.string({description: STATUSES}),
  priority: Flags.option({
    options: ISSUE_PRIORITIES,
    description: 'how soon agents take it',
  })(),
  assignee: Flags.string({description: 'agent or person, by name or id'}),
  'due-date': Flags.string({description: 'RFC 3339, such as 2026-12-24T18:00:00Z'}),
}

/** @throws AppError listing the values (contract §4.5) */
export function parseStatus(text: string): IssueStatus {
  const status = ISSUE_STATUSES.find((known) => known === text)
  if (status) return status
  throw invalid(`invalid status "${text}"; valid values: ${STATUSES}`, 'status')
}
