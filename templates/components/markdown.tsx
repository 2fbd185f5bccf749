import {useMemo} from 'preact/hooks'
import {renderMarkdown} from '../text/markdown.js'

/** Markdown of a person or an agent. */
export function Markdown({text, class: className = ''}: {text: string; class?: string}) {
  const html = useMemo(() => renderMarkdown(text), [text])
  // Safe: the renderer escapes everything that it is given.
  return <div class={`markdown-body ${className}`} dangerouslySetInnerHTML={{__html: html}} />
}
