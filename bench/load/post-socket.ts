import {connect} from 'node:net'

/** One kept connection that posts JSON, one request at a time. */
export interface PostSocket {
  /** @throws {Error} for every answer but 200 */
  post(body: string): Promise<void>
  close(): void
}

export interface PostTarget {
  url: string
  token: string
}

export async function openPostSocket({url, token}: PostTarget): Promise<PostSocket> {
  const {hostname, port, pathname} = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const head = `POST ${pathname} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: `
  let text = ''
  let settle: {resolve: () => void; reject: (error: Error) => void} | undefined
  socket.on('close', () => settle?.reject(new Error(`the connection ended; ${text}`)))
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    const body = text.indexOf('\r\n\r\n')
    if (body < 0) return
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
    if (text.length < body + 4 + length) return
    const answer = text
    text = ''
    if (answer.startsWith('HTTP/1.1 200')) settle?.resolve()
    else settle?.reject(new Error(answer.slice(0, 500)))
  })
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        settle = {resolve, reject}
        socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`)
      }),
    close: () => void socket.destroy(),
  }
}
