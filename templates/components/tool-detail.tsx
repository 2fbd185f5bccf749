import {useContext, useState} from 'preact/hooks'
import type {JsonObject} from '../../src/protocol/primitives.js'
import type {ToolOutcome, ToolRow} from '../state/rows.js'
import {formatBytes} from '../text/duration.js'
import {ActionsContext} from './actions.js'
import {TerminalOutput} from './terminal-output.js'

/** What a call was given: a command as it is typed, anything else as JSON. */
export function ToolInput({row, taskId}: {row: ToolRow; taskId: string}) {
  const whole = useWhole(taskId, row.seq)
  if (!row.input || Object.keys(row.input).length === 0) return null
  return (
    <div class="detail-part">
      <pre class="output output-input">{whole.text ?? inputText(row.input)}</pre>
      {row.inputTruncated && <ShowAll whole={whole} bytes={undefined} />}
    </div>
  )
}

/** What a call gave back; cut texts can be read whole (stream §4). */
export function ToolOutput({outcome, taskId}: {outcome: ToolOutcome; taskId: string}) {
  const whole = useWhole(taskId, outcome.seq)
  const text = whole.text ?? outcome.output
  return (
    <div class={`detail-part${outcome.isError ? ' detail-failed' : ''}`}>
      {text === '' ? <div class="detail-empty">no output</div> : <TerminalOutput text={text} />}
      {outcome.truncated && <ShowAll whole={whole} bytes={outcome.bytesTotal} />}
    </div>
  )
}

interface Whole {
  text: string | undefined
  busy: boolean
  load: () => void
}

function useWhole(taskId: string, seq: number): Whole {
  const actions = useContext(ActionsContext)
  const [text, setText] = useState<string>()
  const [busy, setBusy] = useState(false)
  const load = () => {
    setBusy(true)
    void actions.loadWhole(taskId, seq).then((found) => {
      setBusy(false)
      if (found !== undefined) setText(found)
    })
  }
  return {text, busy, load}
}

function ShowAll({whole, bytes}: {whole: Whole; bytes: number | undefined}) {
  if (whole.text !== undefined) return null
  const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`
  return (
    <button type="button" class="btn-link detail-more" disabled={whole.busy} onClick={whole.load}>
      {whole.busy ? 'Loading…' : `Show all${size}`}
    </button>
  )
}

/** A call's input as text; a lone command stands as it is. */
export function inputText(input: JsonObject): string {
  const entries = Object.entries(input)
  const command = input.command
  if (typeof command === 'string' && entries.every(([key]) => COMMAND_KEYS.has(key))) return command
  return JSON.stringify(input, null, 2)
}

const COMMAND_KEYS = new Set(['command', 'description', 'timeout'])
