import {useMemo} from 'preact/hooks'
import {ansiToHtml, hasAnsi} from '../text/ansi.js'

/** What a program wrote, with its colours. */
export function TerminalOutput({text}: {text: string}) {
  const html = useMemo(() => (hasAnsi(text) ? ansiToHtml(text) : undefined), [text])
  if (html === undefined) return <pre class="output">{text}</pre>
  // Safe: ansi_up escapes everything that it is given.
  return <pre class="output" dangerouslySetInnerHTML={{__html: html}} />
}
