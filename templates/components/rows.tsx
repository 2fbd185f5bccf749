import {Component} from 'preact'
import {useState} from 'preact/hooks'
import {Octicon, Spinner} from '../icons/octicon.js'
import type {NoteRow, Row, TextRow, ToolRow} from '../state/rows.js'
import {formatDuration, plural} from '../text/duration.js'
import {toolIcon, toolSummary} from '../text/tool-summary.js'
import {Markdown} from './markdown.js'
import {ToolInput, ToolOutput} from './tool-detail.js'

/** Rows of a sub-agent that are drawn; the newest ones. */
const CHILD_ROWS = 200

interface RowProps {
  row: Row
  taskId: string
  /** The run goes on, so a call without a result is running. */
  live: boolean
  /** The last row of a run that goes on: its text may still grow. */
  open: boolean
}

interface RowListProps {
  rows: readonly Row[]
  taskId: string
  live: boolean
}

/** Rows in order, each drawn again only when something in it changed (fault A25). */
export function RowList({rows, taskId, live}: RowListProps) {
  const last = rows.length - 1
  return (
    <>
      {rows.map((row, index) => (
        <RowView
          key={row.key}
          row={row}
          taskId={taskId}
          live={live}
          open={live && index === last}
        />
      ))}
    </>
  )
}

class RowView extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const {row, live, open} = this.props
    return row.rev !== next.row.rev || live !== next.live || open !== next.open
  }

  render({row, taskId, live, open}: RowProps) {
    switch (row.kind) {
      case 'text':
        return <TextView row={row} open={open} />
      case 'thinking':
        return <ThinkingView row={row} open={open} />
      case 'tool':
        return <ToolView row={row} taskId={taskId} live={live} />
      default:
        return <NoteView row={row} />
    }
  }
}

/** Plain while it grows, so that half a list or fence does not jump about; Markdown once it is whole. */
function TextView({row, open}: {row: TextRow; open: boolean}) {
  if (row.text.trim() === '') return null
  return (
    <div class="row row-text">
      {open ? <div class="row-plain">{row.text}</div> : <Markdown text={row.text} />}
    </div>
  )
}

function ThinkingView({row, open}: {row: TextRow; open: boolean}) {
  const [shown, setShown] = useState(false)
  if (row.text.trim() === '') return null
  return (
    <div class="row row-thinking">
      <Fold shown={shown} onToggle={() => setShown(!shown)}>
        <Octicon name="light-bulb" class="tone-muted" />
        <span class="row-name">{open ? 'Thinking' : 'Thought'}</span>
        <span class="row-summary">{shown ? '' : firstLine(row.text)}</span>
      </Fold>
      {shown && <div class="row-detail row-plain tone-muted">{row.text}</div>}
    </div>
  )
}

function ToolView({row, taskId, live}: {row: ToolRow; taskId: string; live: boolean}) {
  const [shown, setShown] = useState(false)
  const hidden = row.children.length - CHILD_ROWS
  return (
    <div class={`row row-tool${row.outcome?.isError ? ' row-failed' : ''}`}>
      <Fold shown={shown} onToggle={() => setShown(!shown)}>
        <Octicon name={toolIcon(row.tool)} class="tone-muted" />
        <span class="row-name">{row.tool}</span>
        <span class="row-summary">{toolSummary(row.input)}</span>
        <span class="row-aside">{tookText(row)}</span>
        <ToolMark row={row} live={live} />
      </Fold>
      {shown && (
        <div class="row-detail">
          <ToolInput row={row} taskId={taskId} />
          {row.outcome && <ToolOutput outcome={row.outcome} taskId={taskId} />}
        </div>
      )}
      {row.children.length > 0 && (
        <div class="row-children">
          {hidden > 0 && <div class="row-note tone-muted">{plural(hidden, 'earlier row')}</div>}
          <RowList
            rows={row.children.slice(-CHILD_ROWS)}
            taskId={taskId}
            live={live && !row.outcome}
          />
        </div>
      )}
    </div>
  )
}

function ToolMark({row, live}: {row: ToolRow; live: boolean}) {
  if (row.outcome?.isError) return <Octicon name="x" class="tone-danger" label="failed" />
  if (row.outcome) return <Octicon name="check" class="tone-open" label="done" />
  if (live) return <Spinner label="running" />
  return <Octicon name="dash" class="tone-muted" label="no result" />
}

function NoteView({row}: {row: NoteRow}) {
  if (row.kind === 'error') {
    return (
      <div class="row row-error" role="alert">
        <Octicon name="alert" />
        <span class="row-plain">{row.text || 'error'}</span>
      </div>
    )
  }
  if (row.author !== undefined) {
    return (
      <div class="row row-person">
        <Octicon name="person" class="tone-attention" />
        <strong>{row.author}</strong>
        <span class="row-plain">{row.text}</span>
      </div>
    )
  }
  return (
    <div class="row row-status">
      <Octicon name="dot-fill" />
      {row.kind === 'unknown' && <span class="row-name">{row.type}</span>}
      <span class="row-plain">{row.text}</span>
    </div>
  )
}

interface FoldProps {
  shown: boolean
  onToggle: () => void
  children: preact.ComponentChildren
}

function Fold({shown, onToggle, children}: FoldProps) {
  return (
    <button type="button" class="row-head" aria-expanded={shown} onClick={onToggle}>
      <Octicon name={shown ? 'chevron-down' : 'chevron-right'} class="row-chevron" />
      {children}
    </button>
  )
}

function tookText(row: ToolRow): string {
  if (!row.at || !row.outcome?.at) return ''
  const took = Date.parse(row.outcome.at) - Date.parse(row.at)
  return took >= 1000 ? formatDuration(took) : ''
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}
