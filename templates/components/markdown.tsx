import {useMemo} from 'preact/hooks'
import {renderMarkdown} from '../text/markdown.js'

/** Markdown of a person or an agent. Safe: raw HTML is escaped by the renderer. */
export function Markdown({text, class: className = ''}: {text: string; class?: string}) {
  const html = useMemo(() => renderMarkdown(text), [text])
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the renderer escapes everything that it is given
  return <div class={`markdown-body ${className}`} dangerouslySetInnerHTML={{__html: html}} />
}
