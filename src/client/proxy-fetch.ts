import {processEnvironment} from '../settings/environment.js'
import {proxyInUse} from './proxy-in-use.js'

type Fetch = (url: URL, init: RequestInit) => Promise<Response>

let throughProxy: Promise<Fetch> | undefined

/**
 * The `fetch` for an address: Node's own, or one that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY where
 * they lead this address over a proxy (fault K2). That one is a library of its own, which would cost
 * every worker and every command its start and 14 MiB of memory.
 */
export async function fetchFor(url: URL): Promise<Fetch> {
  if (!proxyInUse(url.href, processEnvironment())?.url) return fetch
  throughProxy ??= proxyFetch()
  return throughProxy
}

async function proxyFetch(): Promise<Fetch> {
  const undici = await import('undici')
  // A body that stays silent is ended by the readers' own stall limit, not by the pool's.
  const dispatcher = new undici.EnvHttpProxyAgent({
    bodyTimeout: 0,
    headersTimeout: 0,
    connectTimeout: 10_000,
  })
  const send = undici.fetch as unknown as (
    url: URL,
    init: RequestInit & {dispatcher: unknown},
  ) => Promise<Response>
  return (url, init) => send(url, {...init, dispatcher})
}
