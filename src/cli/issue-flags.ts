import {resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {invalid} from '../errors.js'
import {
  ISSUE_PRIORITIES,
  ISSUE_STATUSES,
  type IssueStatus,
  type LocalDir,
} from '../protocol/issue.js'

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
  dir: Flags.string({
    description: 'work in this folder of the machine of the agent, if its user has allowed it',
  }),
  worktree: Flags.boolean({
    description: 'in a git worktree of that folder, on a branch of its own',
    dependsOn: ['dir'],
  }),
}

/** The folder that `--dir` and `--worktree` name, for the body of a request. */
export const parseLocalDir = (dir: string, worktree: boolean): LocalDir => ({
  path: resolve(dir),
  mode: worktree ? 'worktree' : 'in_place',
})

/** @throws AppError listing the values (contract §4.5) */
export function parseStatus(text: string): IssueStatus {
  const status = ISSUE_STATUSES.find((known) => known === text)
  if (status) return status
  throw invalid(`invalid status "${text}"; valid values: ${STATUSES}`, 'status')
}
