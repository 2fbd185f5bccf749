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
  const escape = markdown.utils.escapeHtml
  const source = String(token?.attrGet('src') ?? '')
  return `<a href="${escape(source)}" rel="nofollow noopener noreferrer">${escape(token?.content || source)}</a>`
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

/** Markdown as HTML: raw HTML is escaped, and only links that cannot run anything are links. */
export const renderMarkdown = (text: string): string => markdown.render(text)
