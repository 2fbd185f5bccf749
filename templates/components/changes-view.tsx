import type {CheckoutDiff, DiffFile, TaskDiff} from '../../src/protocol/task-diff.js'
import {Octicon} from '../icons/octicon.js'
import {plural} from '../text/duration.js'
import {Counts, FileDiff} from './file-diff.js'
import {Time} from './time.js'

/** A file with more changed lines is closed at first, and so are all after so many lines. */
const OPEN_LINES = 400
const OPEN_LINES_TOTAL = 3000

/** What a run has changed, checkout by checkout, as GitHub shows a pull request. */
export function ChangesView({diff}: {diff: TaskDiff}) {
  if (diff.checkouts.length === 0)
    return <p class="tone-muted">Nothing was changed in a git checkout.</p>
  const open = openFiles(diff)
  return (
    <>
      {diff.checkouts.map((checkout, at) => (
        <section key={checkout.name} aria-label={`Changes in ${checkout.name}`}>
          <Summary checkout={checkout} />
          <FileList checkout={checkout} prefix={`file-${at}`} />
          {checkout.files.map((file, index) => (
            <FileDiff
              key={file.path}
              id={`file-${at}-${index}`}
              file={file}
              open={open.has(file)}
            />
          ))}
        </section>
      ))}
    </>
  )
}

function openFiles({checkouts}: TaskDiff): Set<DiffFile> {
  let left = OPEN_LINES_TOTAL
  const files = checkouts.flatMap((checkout) => checkout.files)
  return new Set(
    files.filter((file) => {
      const lines = (file.additions ?? 0) + (file.deletions ?? 0)
      if (file.patch === null || lines > OPEN_LINES || lines > left) return false
      left -= lines
      return true
    }),
  )
}

function Summary({checkout}: {checkout: CheckoutDiff}) {
  const {name, branch, base, commits, commits_total: total, error} = checkout
  const uncommitted = checkout.files.filter((file) => file.uncommitted).length
  return (
    <div class="card changes-summary">
      <div class="card-header">
        <Octicon name="git-branch" class="tone-muted" />
        <div class="card-title">
          <strong>{name}</strong> <code class="branch">{branch ?? 'no branch'}</code>{' '}
          <span class="tone-muted">
            {base ? (
              <>
                since <code>{base.slice(0, 7)}</code>
              </>
            ) : (
              'everything in it'
            )}
          </span>
        </div>
      </div>
      {error && <div class="flash flash-error">{error}</div>}
      {commits.length > 0 && (
        <ul class="list">
          {commits.map((commit) => (
            <li key={commit.sha} class="commit">
              <Octicon name="git-commit" class="tone-muted" />
              <span class="commit-subject">{commit.subject}</span>
              <span class="tone-muted commit-author">
                {commit.author} {commit.at && <Time at={commit.at} />}
              </span>
              <code class="tone-muted">{commit.sha.slice(0, 7)}</code>
            </li>
          ))}
        </ul>
      )}
      {total > commits.length && (
        <div class="changes-note">{plural(total - commits.length, 'earlier commit')}</div>
      )}
      {uncommitted > 0 && (
        <div class="changes-note tone-attention">
          {plural(uncommitted, 'file')} with changes that are in no commit
        </div>
      )}
    </div>
  )
}

function FileList({checkout, prefix}: {checkout: CheckoutDiff; prefix: string}) {
  const {files, files_total: total, additions, deletions} = checkout
  if (total === 0) return <div class="card card-wait">No changes.</div>
  return (
    <details class="card file-list" open={files.length <= 30}>
      <summary class="file-header">
        <strong>{plural(total, 'changed file')}</strong>
        <span class="file-counts">
          <span class="tone-open">+{additions.toLocaleString('en')}</span>{' '}
          <span class="tone-danger">−{deletions.toLocaleString('en')}</span>
        </span>
      </summary>
      <ul class="list">
        {files.map((file, index) => (
          <li key={file.path} class="file-item">
            <a href={`#${prefix}-${index}`}>{file.path}</a>
            <Counts file={file} />
          </li>
        ))}
      </ul>
      {total > files.length && (
        <div class="changes-note">{plural(total - files.length, 'more file')} not listed</div>
      )}
    </details>
  )
}
