import type {Readable} from 'node:stream'
import {StringDecoder} from 'node:string_decoder'

/** A longer line is cut here and the rest of it is thrown away, so that no agent can fill the memory. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024
const CUT_MARK = '… [line cut here]'
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Lines of a stream, of any length up to `maxBytes` (64 MiB), at the pace of the reader. Ends with `\n` or
 * `\r\n`; a last line without an end is a line as well. Bytes that are no UTF-8 become U+FFFD. A stream
 * that is destroyed ends like any other.
 * @throws what the stream fails with
 */
export async function* readLines(
  source: Readable,
  {maxBytes = MAX_LINE_BYTES}: {maxBytes?: number} = {},
): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer) => {
    // One byte more than a line may have: the carriage return of one that fits.
    const room = maxBytes + 1 - size
    if (room > 0) parts.push(part.length > room ? part.subarray(0, room) : part)
    size += part.length
  }
  const take = (): string => {
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    const complete = size === bytes.length
    parts = []
    size = 0
    const line = complete && bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes
    if (complete && line.length <= maxBytes) return line.toString('utf8')
    return new StringDecoder('utf8').write(line.subarray(0, maxBytes)) + CUT_MARK
  }
  for await (const chunk of chunksOf(source)) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end))
      yield take()
      start = end + 1
    }
    if (start < chunk.length) add(chunk.subarray(start))
  }
  if (size > 0) yield take()
}

async function* chunksOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
