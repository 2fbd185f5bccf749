import {appendFileSync, chmodSync, existsSync, mkdirSync, renameSync, statSync} from 'node:fs'
import {dirname} from 'node:path'

export interface LogFileOptions {
  /** Size from which the file is put aside. */
  maxBytes?: number
  /** Files put aside that are kept: `daemon.log.1` is the newest. */
  keep?: number
}

/**
 * A pino destination: a file of mode 0600 that is put aside when it is full. Lines are written at
 * once, because the last ones before a crash are those that somebody will want to read.
 */
export function openLogFile(
  path: string,
  options: LogFileOptions = {},
): {write(line: string): void} {
  const {maxBytes = 20 * 1024 * 1024, keep = 5} = options
  mkdirSync(dirname(path), {recursive: true, mode: 0o700})
  let size = existsSync(path) ? statSync(path).size : 0
  if (size > 0) chmodSync(path, 0o600)
  return {
    write: (line) => {
      const bytes = Buffer.byteLength(line)
      try {
        if (size > 0 && size + bytes > maxBytes) {
          rotate(path, keep)
          size = 0
        }
        appendFileSync(path, line, {mode: 0o600})
        size += bytes
      } catch {
        // On a full disk the line is lost, and nothing else.
      }
    },
  }
}

function rotate(path: string, keep: number): void {
  for (let number = keep; number > 0; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`
    if (existsSync(from)) renameSync(from, `${path}.${number}`)
  }
}
