import {readFile} from 'node:fs/promises'
import {text as readAll} from 'node:stream/consumers'
import {invalid} from '../errors.js'

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
  if (file === '-') return readAll(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : error
    throw invalid(`--${name}-file: cannot read ${file}: ${reason}`, `${name}-file`)
  }
}
