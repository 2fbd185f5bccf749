/**
 * Bytes for readers, encoded once for all of them. HTTP/1.1 wraps a part of an answer in its length and
 * a line end; with these already in place a socket takes it in one write (performance §2).
 */
export interface Chunk {
  /** As HTTP/1.1 sends it. */
  chunked: Buffer
  /** The bytes alone, for a client of HTTP/1.0. The same memory. */
  plain: Buffer
}

const LINE_END = '\r\n'

/** @param parts together not empty: an empty chunk would end the answer */
export function chunkOf(...parts: (string | Buffer)[]): Chunk {
  let size = 0
  for (const part of parts) size += Buffer.byteLength(part)
  const head = size.toString(16) + LINE_END
  // Not from the pool: a chunk that lives on would keep a whole slab alive.
  const chunked = Buffer.allocUnsafeSlow(head.length + size + LINE_END.length)
  let at = chunked.write(head, 'latin1')
  for (const part of parts) {
    at += typeof part === 'string' ? chunked.write(part, at, 'utf8') : part.copy(chunked, at)
  }
  chunked.write(LINE_END, at, 'latin1')
  return {chunked, plain: chunked.subarray(head.length, at)}
}
