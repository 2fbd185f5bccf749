import {createReadStream} from 'node:fs'
import type {Readable} from 'node:stream'
import {AppError, invalid} from '../errors.js'

/** More than the server takes for any text. */
const MAX_CHARACTERS = 1_000_000

/**
 * A long text from its flag, or from the file of the flag beside it; `-` reads standard input.
 * @param name of the flag, such as `description`; the other one is `<name>-file`
 */
export async function readTextFlag(
  name: string,
  flags: Record<string, unknown>,
): Promise<string | undefined> {
  const file = flags[`${name}-file`]
  if (typeof file !== 'string') return flags[name] as string | undefined
  try {
    return await readBounded(
      file === '-' ? process.stdin : createReadStream(file),
      `--${name}-file`,
    )
  } catch (error) {
    if (error instanceof AppError) throw error
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : error
    throw invalid(`--${name}-file: cannot read ${file}: ${reason}`, `${name}-file`)
  }
}

async function readBounded(source: Readable, flag: string): Promise<string> {
  let text = ''
  for await (const chunk of source.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_CHARACTERS) {
      throw invalid(`${flag}: the text has more than ${MAX_CHARACTERS} characters`)
    }
  }
  return text
}
