import type {Comment, Issue} from '../protocol/issue.js'
import {formatTable, shorten, shortId} from './format-table.js'
import {type Actor, nameActor} from './resolve-actor.js'

const HEADINGS = ['ID', 'ISSUE', 'TITLE', 'STATUS', 'PRIORITY', 'ASSIGNEE', 'DUE DATE']

/** Issues as a table; ISSUE is what other commands take as an id (contract §4.4). */
export function formatIssues(issues: readonly Issue[], actors: readonly Actor[]): string {
  return formatTable(
    HEADINGS,
    issues.map((issue) => cellsOf(issue, actors)),
  )
}

/** One issue with the head of its description. */
export function formatIssue(issue: Issue, actors: readonly Actor[]): string {
  const cells = [...cellsOf(issue, actors), shorten(issue.description, 80)]
  return formatTable([...HEADINGS, 'DESCRIPTION'], [cells])
}

function cellsOf(issue: Issue, actors: readonly Actor[]): (string | undefined)[] {
  return [
    shortId(issue.id),
    issue.identifier,
    issue.title,
    issue.status,
    issue.priority,
    nameActor(issue.assignee_type, issue.assignee_id, actors),
    issue.due_date?.slice(0, 10),
  ]
}

/** What a change of an issue answers for people. */
export function formatChangedIssue(issue: Issue): string {
  return formatTable(
    ['ID', 'ISSUE', 'TITLE', 'STATUS', 'PRIORITY'],
    [[shortId(issue.id), issue.identifier, issue.title, issue.status, issue.priority]],
  )
}

export function formatComments(comments: readonly Comment[]): string {
  const rows = comments.map((comment) => [
    shortId(comment.id),
    comment.author_name || `${comment.author_type}:${shortId(comment.author_id)}`,
    comment.type,
    shorten(comment.content, 80),
    comment.created_at.slice(0, 16),
  ])
  return formatTable(['ID', 'AUTHOR', 'TYPE', 'CONTENT', 'CREATED'], rows)
}
