import {useMemo, useState} from 'preact/hooks'
import type {DiffFile} from '../../src/protocol/task-diff.js'
import {type PatchRow, patchNotes, patchRows} from '../state/patch-rows.js'
import {formatBytes, plural} from '../text/duration.js'

/** One changed file: what happened to it, and its lines when it is open. */
export function FileDiff({id, file, open}: {id: string; file: DiffFile; open: boolean}) {
  const [isOpen, setOpen] = useState(open)
  const lines = (file.additions ?? 0) + (file.deletions ?? 0)
  const notes = [
    file.patch === null ? omissionText(file) : patchNotes(file.patch),
    file.uncommitted ? 'uncommitted' : '',
    file.altered ? 'secrets masked' : '',
    isOpen || file.patch === null ? '' : plural(lines, 'changed line'),
  ].filter(Boolean)
  return (
    <details
      class="card file-diff"
      id={id}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary class="file-header">
        <span class="file-name">
          {file.old_path !== null && <span class="tone-muted">{file.old_path} → </span>}
          {file.path}
        </span>
        {notes.map((note) => (
          <span key={note} class="label">
            {note}
          </span>
        ))}
        <Counts file={file} />
      </summary>
      {isOpen && <FileBody file={file} />}
    </details>
  )
}

/** `+12 −4`, and the word for what is more than changed lines. */
export function Counts({file}: {file: DiffFile}) {
  const word = file.change === 'modified' ? '' : file.change.replace('_', ' ')
  return (
    <span class="file-counts">
      {word && <span class="tone-muted">{word} </span>}
      {file.additions !== null && <span class="tone-open">+{file.additions} </span>}
      {file.deletions !== null && <span class="tone-danger">−{file.deletions}</span>}
    </span>
  )
}

function FileBody({file}: {file: DiffFile}) {
  const rows = useMemo(() => (file.patch === null ? [] : patchRows(file.patch)), [file.patch])
  if (rows.length === 0) return <div class="card-wait">{emptyText(file)}</div>
  return (
    <div class="file-lines">
      <table class="diff">
        <tbody>
          {rows.map((row, at) => (
            <Line key={at} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const SIGNS = {hunk: '', context: ' ', added: '+', deleted: '-', note: ''} as const

function Line({row}: {row: PatchRow}) {
  return (
    <tr class={`diff-${row.kind}`}>
      <td class="diff-num" data-num={row.before ?? ''} />
      <td class="diff-num" data-num={row.after ?? ''} />
      <td class="diff-text" data-sign={SIGNS[row.kind]}>
        {row.text}
      </td>
    </tr>
  )
}

function emptyText(file: DiffFile): string {
  if (file.patch === null) return `${capital(omissionText(file))}.`
  return file.change === 'renamed' ? 'Renamed without changes.' : 'No changed lines.'
}

function omissionText({omitted, size}: DiffFile): string {
  const bytes = size === null ? '' : `, ${formatBytes(size)}`
  if (omitted === 'binary') return `binary file${bytes}`
  if (omitted === 'large') return `too large to show${bytes}`
  return `left out, the diff is too long${bytes}`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
