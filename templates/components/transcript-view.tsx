import {useContext, useMemo, useRef, useState} from 'preact/hooks'
import {Octicon} from '../icons/octicon.js'
import {buildRows} from '../state/rows.js'
import {shownMessages, type Transcript} from '../state/transcript.js'
import {plural} from '../text/duration.js'
import {ActionsContext} from './actions.js'
import {RowList} from './rows.js'
import {useStickToBottom} from './use-stick-to-bottom.js'

/** Rows at the top leave and come in steps, so that most drawings only append. */
const STEP_ROWS = 100

interface TranscriptViewProps {
  taskId: string
  transcript: Transcript
  live: boolean
  /** `box`: scrolls in itself; `page`: the window scrolls. */
  scroll: 'box' | 'page'
  /** Rows that are drawn at most before the reader asks for more. */
  rows: number
}

/**
 * A run's words and calls. Draws the newest rows only and shows earlier ones on demand, so that a run
 * of any length costs the same (fault A25); follows the end until the reader scrolls up.
 */
export function TranscriptView({
  taskId,
  transcript,
  live,
  scroll,
  rows: limit,
}: TranscriptViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const {rows} = useMemo(() => buildRows(shownMessages(transcript)), [transcript])
  const {stuck, toLatest} = useStickToBottom(scroll === 'box' ? box : null, transcript, live)
  const drawn = useRowWindow(rows.length, limit, stuck && live)
  const first = Math.min(drawn.start, rows.length)
  return (
    <div class={`transcript transcript-${scroll}`}>
      <div class="transcript-rows" ref={box} role="log" aria-live="off">
        <Earlier taskId={taskId} transcript={transcript} hidden={first} onShow={drawn.showMore} />
        <RowList rows={first === 0 ? rows : rows.slice(first)} taskId={taskId} live={live} />
      </div>
      {live && !stuck && (
        <button type="button" class="btn btn-sm transcript-latest" onClick={toLatest}>
          <Octicon name="arrow-down" /> Latest
        </button>
      )}
    </div>
  )
}

/** While the reader follows the end the window moves with it; when they have let go, it stands. */
function useRowWindow(count: number, limit: number, moving: boolean) {
  const [extra, setExtra] = useState(0)
  const start = useRef<number | undefined>(undefined)
  const wanted = Math.max(0, Math.floor((count - limit - extra) / STEP_ROWS) * STEP_ROWS)
  if (start.current === undefined || moving || wanted < start.current) start.current = wanted
  return {start: start.current, showMore: () => setExtra(extra + Math.max(limit, STEP_ROWS))}
}

interface EarlierProps {
  taskId: string
  transcript: Transcript
  hidden: number
  onShow: () => void
}

function Earlier({taskId, transcript, hidden, onShow}: EarlierProps) {
  const actions = useContext(ActionsContext)
  const [busy, setBusy] = useState(false)
  const unread = transcript.from - 1
  if (hidden === 0 && unread === 0) return null
  const show = () => {
    if (hidden > 0) return onShow()
    setBusy(true)
    void actions.loadEarlier(taskId).then(() => {
      setBusy(false)
      onShow()
    })
  }
  const label = hidden > 0 ? plural(hidden, 'row') : plural(unread, 'message')
  return (
    <button type="button" class="transcript-earlier" disabled={busy} onClick={show}>
      {busy ? 'Loading…' : `Show earlier (${label}${unread > 0 && hidden > 0 ? ' and more' : ''})`}
    </button>
  )
}
