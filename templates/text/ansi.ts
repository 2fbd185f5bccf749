import {AnsiUp} from 'ansi_up'

/** Attributes that ansi_up writes as inline styles, which the pages' policy refuses, as classes. */
const CLASSES: Readonly<Record<string, string>> = {
  bold: 'ansi-bold',
  italic: 'ansi-italic',
  underline: 'ansi-underline',
  faint: 'ansi-faint',
}

/**
 * Terminal output as HTML: everything escaped, colours as classes, no links and no inline styles.
 * Colours outside the palette are left out.
 */
export function ansiToHtml(text: string): string {
  const ansi = new AnsiUp()
  ansi.use_classes = true
  ansi.url_allowlist = {}
  ansi.boldStyle = 'bold'
  ansi.italicStyle = 'italic'
  ansi.underlineStyle = 'underline'
  ansi.faintStyle = 'faint'
  return ansi
    .ansi_to_html(lastWrites(text))
    .replace(/<span style="([^"]*)"(?: class="([^"]*)")?>/g, (_, style: string, classes = '') => {
      const names = style.split(';').map((part) => CLASSES[part.trim()] ?? '')
      return `<span class="${[...names, classes].filter(Boolean).join(' ')}">`
    })
}

export const hasAnsi = (text: string): boolean => text.includes('\u001b') || text.includes('\r')

/** A progress bar that rewrites its line is shown as the line that it ended with. */
function lastWrites(text: string): string {
  if (!text.includes('\r')) return text
  return text.replaceAll('\r\n', '\n').replace(/[^\n]*\r(?!\n)/g, '')
}
