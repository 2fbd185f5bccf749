import type {CheckoutDiff, DiffFile, TaskDiff} from '../protocol/task-diff.js'
import {createPaint, type Paint} from './colours.js'
import {displayWidth, padToWidth} from './display-width.js'
import {makeSafe, toOneLine} from './safe-text.js'
import {formatBytes, formatCount} from './units.js'

/** Columns of the widest bar of `--stat`. */
const BAR = 40

/** The diff for people: what each checkout is, its commits, and its patches in colour. */
export function formatDiff(diff: TaskDiff, colour: boolean): string {
  const paint = createPaint(colour)
  return diff.checkouts
    .map((checkout) => {
      const patch = checkout.files.map((file) => filePatch(file, paint)).join('')
      return `${header(checkout, paint)}${patch && `\n${patch}`}`
    })
    .join('\n')
}

/** Files with their counts, as `git diff --stat` shows them. */
export function formatStat(diff: TaskDiff, colour: boolean): string {
  const paint = createPaint(colour)
  return diff.checkouts
    .map((checkout) => `${header(checkout, paint)}${stat(checkout, paint)}`)
    .join('\n')
}

/** Paths, one a line; of several checkouts with their names in front. */
export function formatNames({checkouts}: TaskDiff): string {
  const lines = checkouts.flatMap(({name, files}) =>
    files.map(({path}) => toOneLine(checkouts.length === 1 ? path : `${name}/${path}`)),
  )
  return lines.map((line) => `${line}\n`).join('')
}

/** What is missing in the patches, or is not as git printed it: for standard error, beside a pipe. */
export function diffRemarks({checkouts}: TaskDiff): string[] {
  return checkouts.flatMap(({name, files, files_total, error}) => {
    const without = files.filter(({omitted}) => omitted !== null)
    const altered = files.filter((file) => file.altered)
    const unnamed = files_total - files.length
    return [
      ...(error ? [`${name}: ${toOneLine(error)}`] : []),
      ...(without.length > 0 ? [`${name}: without the contents of ${listed(without)}`] : []),
      ...(altered.length > 0
        ? [`${name}: secrets are masked, or bytes are no text, in ${listed(altered)}`]
        : []),
      ...(unnamed > 0 ? [`${name}: ${formatCount(unnamed)} more files are not listed`] : []),
    ]
  })
}

/** `3 files changed, +12 −4`. */
export function formatTotals(total: {files: number; additions: number; deletions: number}): string {
  const files = `${formatCount(total.files)} file${total.files === 1 ? '' : 's'} changed`
  return `${files}, +${formatCount(total.additions)} −${formatCount(total.deletions)}`
}

function header(checkout: CheckoutDiff, paint: Paint): string {
  const {name, branch, base, commits_total: commits, additions, deletions} = checkout
  const where = branch ? `on ${toOneLine(branch)}` : 'on no branch'
  const since = base ? `since ${base.slice(0, 7)}` : 'all that is in it'
  const count = `${formatCount(commits)} commit${commits === 1 ? '' : 's'}`
  const open = checkout.files.some(({uncommitted}) => uncommitted) ? ', uncommitted changes' : ''
  const totals = formatTotals({files: checkout.files_total, additions, deletions})
  const lines = [
    `${paint('bold', toOneLine(name))} ${where}, ${since}: ${count}${open}; ${totals}`,
    ...checkout.commits.map(
      ({sha, subject, author}) =>
        `${paint('yellow', sha.slice(0, 7))} ${toOneLine(subject)} ${paint('dim', toOneLine(author))}`,
    ),
    ...(commits > checkout.commits.length
      ? [paint('dim', `… ${formatCount(commits - checkout.commits.length)} earlier commits`)]
      : []),
    ...(checkout.error ? [paint('red', toOneLine(checkout.error))] : []),
  ]
  return `${lines.join('\n')}\n`
}

function filePatch(file: DiffFile, paint: Paint): string {
  if (file.patch === null) {
    return `${paint('bold', toOneLine(file.path))}  ${paint('dim', omission(file))}\n`
  }
  let inHunk = false
  const lines = makeSafe(file.patch, false).replace(/\n$/, '').split('\n')
  const shown = lines.map((line) => {
    if (line.startsWith('@@')) {
      inHunk = true
      return paint('cyan', line)
    }
    if (!inHunk) return paint('bold', line)
    if (line.startsWith('+')) return paint('green', line)
    return line.startsWith('-') ? paint('red', line) : line
  })
  return `${shown.join('\n')}\n`
}

function stat({files, files_total, additions, deletions}: CheckoutDiff, paint: Paint): string {
  const names = files.map((file) =>
    toOneLine(file.old_path === null ? file.path : `${file.old_path} → ${file.path}`),
  )
  const width = Math.max(0, ...names.map(displayWidth))
  const counts = files.map((file) => (file.additions ?? 0) + (file.deletions ?? 0))
  const most = Math.max(BAR, ...counts)
  const digits = Math.max(1, ...counts.map((count) => String(count).length))
  const rows = files.map((file, at) => {
    const changed =
      file.additions === null
        ? omission(file)
        : `${String(counts[at]).padStart(digits)} ${bar(file, most, paint)}`
    return ` ${padToWidth(names[at] ?? '', width)} | ${changed}${file.uncommitted ? paint('dim', ' uncommitted') : ''}\n`
  })
  return `${rows.join('')} ${formatTotals({files: files_total, additions, deletions})}\n`
}

function bar({additions, deletions}: DiffFile, most: number, paint: Paint): string {
  const columns = (count: number | null) => Math.ceil(((count ?? 0) * BAR) / most)
  return `${paint('green', '+'.repeat(columns(additions)))}${paint('red', '-'.repeat(columns(deletions)))}`
}

function omission({omitted, size}: DiffFile): string {
  const bytes = size === null ? '' : `, ${formatBytes(size)}`
  if (omitted === 'binary') return `binary file${bytes}`
  if (omitted === 'large') return `too large to show${bytes}`
  return `left out: the diff is too long${bytes}`
}

function listed(files: readonly DiffFile[]): string {
  const names = files
    .slice(0, 5)
    .map((file) => `${toOneLine(file.path)} (${file.omitted ?? 'altered'})`)
  return files.length > 5 ? `${names.join(', ')} and ${files.length - 5} more` : names.join(', ')
}
