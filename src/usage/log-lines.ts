import {createReadStream} from 'node:fs'

/** A longer line is skipped, and the rest of its file is read (contract §5.15). */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/**
 * The whole lines of a file from an offset on; an unfinished last line is left for the next time.
 * @param take gets each line that is not too long
 * @returns the offset behind the last whole line
 */
export async function readLines(
  path: string,
  from: number,
  take: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  let done = from
  let parts: Buffer[] = []
  let length = 0
  for await (const piece of createReadStream(path, {
    start: from,
    signal,
    highWaterMark: 256 * 1024,
  })) {
    const chunk = piece as Buffer
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const size = length + end - start
      if (size <= MAX_LINE_BYTES) {
        take(Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8'))
      }
      parts = []
      length = 0
      done += size + 1
      start = end + 1
    }
    const rest = chunk.subarray(start)
    length += rest.length
    if (length <= MAX_LINE_BYTES) parts.push(rest)
    else parts = []
  }
  return done
}
