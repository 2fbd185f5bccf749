import type {JsonObject} from '../../src/protocol/primitives.js'
import type {OcticonName} from '../icons/octicon-paths.js'

const SUMMARY_CHARACTERS = 120
/** Members of an input that tell what a call is about, the most telling first (contract §8.1). */
const PATHS = ['file_path', 'path', 'notebook_path']
const WORDS = ['pattern', 'description', 'command', 'query', 'url', 'prompt']

/** One line that says what a tool call is about; empty when its input says nothing. */
export function toolSummary(input: JsonObject | undefined): string {
  if (!input) return ''
  for (const key of PATHS) {
    const value = input[key]
    if (typeof value === 'string' && value !== '') return shortPath(value)
  }
  for (const key of WORDS) {
    const value = input[key]
    if (typeof value === 'string' && value.trim() !== '') return oneLine(value)
    if (Array.isArray(value)) return oneLine(value.join(' '))
  }
  const first = Object.values(input).find((value) => typeof value === 'string' && value !== '')
  return typeof first === 'string' ? oneLine(first) : ''
}

/** The icon of a tool, by its name. */
export function toolIcon(tool: string): OcticonName {
  const name = tool.toLowerCase()
  if (/bash|shell|terminal|exec|command/.test(name)) return 'terminal'
  if (/write|edit|patch/.test(name)) return 'pencil'
  if (/grep|glob|search|find/.test(name)) return 'search'
  if (/read|file|notebook|list|ls\b/.test(name)) return 'file'
  if (/web|fetch|http|url/.test(name)) return 'globe'
  if (/todo|plan/.test(name)) return 'tasklist'
  if (/task|agent/.test(name)) return 'hubot'
  return 'tools'
}

function shortPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.length > 3 ? `…/${parts.slice(-2).join('/')}` : path
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  const characters = [...line]
  return characters.length > SUMMARY_CHARACTERS
    ? `${characters.slice(0, SUMMARY_CHARACTERS).join('')}…`
    : line
}
