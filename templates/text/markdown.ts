import MarkdownIt from 'markdown-it'

const markdown = new MarkdownIt({html: false, linkify: true, breaks: true})

// Links of strangers: no weight for search engines, no handle on this window.
markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow noopener noreferrer')
  return self.renderToken(tokens, index, options)
}

// A picture elsewhere would tell its host who reads the page: it is shown as a link.
markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]
  const {escapeHtml} = markdown.utils
  const source = String(token?.attrGet('src') ?? '')
  return `<a href="${escapeHtml(source)}" rel="nofollow noopener noreferrer">${escapeHtml(token?.content || source)}</a>`
}

// The pages' policy refuses inline styles, with which columns are aligned by default.
for (const rule of ['th_open', 'td_open']) {
  markdown.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    const token = tokens[index]
    const align = /text-align:(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1]
    if (token && align) token.attrs = [['align', align]]
    return self.renderToken(tokens, index, options)
  }
}

// `- [x] done`: a box that shows and cannot be ticked.
markdown.core.ruler.after('inline', 'task_boxes', (state) => {
  state.tokens.forEach((token, index) => {
    if (token.type !== 'inline' || state.tokens[index - 2]?.type !== 'list_item_open') return
    const [first] = token.children ?? []
    const mark = first?.type === 'text' ? /^\[([ xX])\] /.exec(first.content) : null
    if (!first || !mark) return
    first.content = first.content.slice(4)
    const box = new state.Token('task_box', 'input', 0)
    box.meta = {done: mark[1] !== ' ', label: token.content.slice(4)}
    token.children?.unshift(box)
  })
})
markdown.renderer.rules.task_box = (tokens, index) => {
  const {done = false, label = ''} = tokens[index]?.meta ?? {}
  const name = markdown.utils.escapeHtml(String(label))
  return `<input type="checkbox" class="task-box" aria-label="${name}" disabled${done ? ' checked' : ''}> `
}

/** Markdown as HTML: raw HTML is escaped, and only links that cannot run anything are links. */
export const renderMarkdown = (text: string): string => markdown.render(text)
