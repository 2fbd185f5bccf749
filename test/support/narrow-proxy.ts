import {startFrontProxy} from './front-proxy.js'

export interface NarrowProxy {
  url: string
  /** Requests that were refused for their size. */
  readonly refused: number
  close(): Promise<void>
}

/** Answers like a web server in front that takes no body of more than `maxBytes`: 413 and a page. */
export async function startNarrowProxy(target: string, maxBytes: number): Promise<NarrowProxy> {
  let refused = 0
  const proxy = await startFrontProxy(
    () => target,
    (req, res) => {
      if (Number(req.headers['content-length'] ?? 0) <= maxBytes) return false
      refused++
      res.writeHead(413, {'content-type': 'text/html'})
      res.end('<html><head><title>413 Request Entity Too Large</title></head></html>')
      return true
    },
  )
  return {
    url: proxy.url,
    get refused() {
      return refused
    },
    close: proxy.close,
  }
}
