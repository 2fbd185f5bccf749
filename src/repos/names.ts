import {createHash} from 'node:crypto'
import {invalid} from '../errors.js'

const CONTROL = /\p{Cc}/u

/**
 * Refuses what git would take for an option or a command (contract §5.11, note).
 * @throws AppError naming what is wrong with the address
 */
export function checkUrl(url: string): string {
  const trimmed = url.trim()
  if (trimmed === '') throw invalid('url is required', 'url')
  if (trimmed.startsWith('-') || CONTROL.test(trimmed) || /^\w+::/.test(trimmed)) {
    throw invalid(`${JSON.stringify(trimmed)} is no address of a repository`, 'url')
  }
  return trimmed
}

/** Last part of an address without `.git`: the folder of a checkout. */
export function repoName(url: string): string {
  const last =
    url
      .replace(/[/\\]+$/, '')
      .split(/[/\\:]/)
      .at(-1) ?? ''
  const name = last.replace(/\.git$/i, '').replace(/^\.+/, '')
  return /[A-Za-z0-9]/.test(name) ? name : 'repo'
}

/** Folder of a repository in the cache: two addresses never share one (fault C6). */
export function cacheName(url: string): string {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 40)
  return `${repoName(url).slice(0, 40)}-${key}.git`
}

/** `agent/<name>/<first eight digits of the task>` (contract §5.11). */
export function branchName(agentName: string, taskId: string): string {
  const slug = agentName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '')
  return `agent/${slug || 'agent'}/${taskId.slice(0, 8)}`
}

/** An address as it may be shown: without a password. */
export const withoutPassword = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1')
