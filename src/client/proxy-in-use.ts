/** The proxy between this machine and the server, as the environment asks for it (fault K2). */
export interface ProxyInUse {
  /** Address without name and password; null when NO_PROXY spares this server. */
  url: string | null
  /** The variable that says so. */
  variable: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** What undici's EnvHttpProxyAgent does with calls to this server; null: they go straight there. */
export function proxyInUse(serverUrl: string, env: Variables): ProxyInUse | null {
  const server = new URL(serverUrl)
  const http = first(env, ['http_proxy', 'HTTP_PROXY'])
  const https = first(env, ['https_proxy', 'HTTPS_PROXY']) ?? http
  const chosen = server.protocol === 'https:' ? https : http
  if (!chosen) return null
  const spared = first(env, ['no_proxy', 'NO_PROXY'])
  if (spared && isSpared(server, spared.value)) return {url: null, variable: spared.name}
  return {url: withoutLogin(chosen.value), variable: chosen.name}
}

function first(
  env: Variables,
  names: readonly string[],
): {name: string; value: string} | undefined {
  for (const name of names) {
    const value = env[name]
    // An empty one hides the next.
    if (value !== undefined) return value === '' ? undefined : {name, value}
  }
  return undefined
}

function isSpared({hostname, port, protocol}: URL, list: string): boolean {
  const host = hostname.toLowerCase()
  const actual = Number(port) || (protocol === 'https:' ? 443 : 80)
  if (list === '*') return true
  return list.split(/[,\s]/).some((entry) => {
    if (entry === '') return false
    const parsed = /^(.+):(\d+)$/.exec(entry)
    const name = (parsed?.[1] ?? entry).toLowerCase()
    if (parsed && Number(parsed[2]) !== actual) return false
    const suffix = name.replace(/^\*?\./, '')
    return host === suffix || host.endsWith(`.${suffix}`)
  })
}

function withoutLogin(text: string): string {
  try {
    const url = new URL(text)
    url.username = ''
    url.password = ''
    return url.href.replace(/\/$/, '')
  } catch {
    return 'an address that cannot be read'
  }
}
