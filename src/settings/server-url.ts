import {invalid} from '../errors.js'

const HTTP_OF: Readonly<Record<string, string>> = {
  'ws:': 'http:',
  'wss:': 'https:',
  'http:': 'http:',
  'https:': 'https:',
}

/**
 * A server's base URL as everything here uses it (contract §4.1): ws becomes http, the path `/ws`,
 * query, fragment and trailing slashes go.
 * @param name flag, variable or key that is named when the text is no such URL
 */
export function normaliseServerUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const protocol = url && HTTP_OF[url.protocol]
  if (!url || !protocol || url.host === '') {
    throw invalid(`${name} must use ws, wss, http, or https, such as http://localhost:8080`, name)
  }
  const path = url.pathname === '/ws' ? '' : url.pathname.replace(/\/+$/, '')
  const user = url.username === '' ? '' : `${url.username}:${url.password}@`
  return `${protocol}//${user}${url.host}${path}`
}
