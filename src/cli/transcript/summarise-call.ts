import type {JsonObject} from '../../protocol/primitives.js'
import {cutToWidth} from '../display-width.js'
import {toOneLine} from '../safe-text.js'

const MAX_COLUMNS = 100

/**
 * What a call is about, in one line: the first of path, pattern, description, command, and so on
 * (contract §8.1). Empty when nothing of the input says it.
 */
export function summariseCall(input: JsonObject | undefined): string {
  if (!input) return ''
  const text = (key: string) => (typeof input[key] === 'string' ? input[key] : '')
  const path = text('file_path') || text('path') || text('notebook_path')
  const said =
    (path && shortPath(path)) ||
    text('pattern') ||
    described(text('description'), command(input.command)) ||
    text('query') ||
    text('url') ||
    text('prompt') ||
    firstScalar(input)
  return cutToWidth(toOneLine(said.slice(0, 2000)), MAX_COLUMNS)
}

/** A path of more than three parts keeps its last two. */
function shortPath(path: string): string {
  const parts = path.split('/')
  return parts.length > 3 ? `.../${parts.slice(-2).join('/')}` : path
}

/** The description goes first, but somebody who watches wants to see the command, too. */
function described(description: string, line: string): string {
  return description && line ? `${description} (${line})` : description || line
}

/** A command line, or its words. */
function command(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string').join(' ') : ''
}

function firstScalar(input: JsonObject): string {
  for (const [key, value] of Object.entries(input)) {
    if (typeof value === 'string' && value !== '') return `${key}: ${value}`
    if (typeof value === 'number' || typeof value === 'boolean') return `${key}: ${value}`
  }
  return ''
}
