import {once} from 'node:events'

/**
 * Writes data to standard output, and waits while its reader is slower than we are.
 * @throws the signal's reason when it aborts meanwhile
 */
export async function writeOut(text: string, signal: AbortSignal): Promise<void> {
  if (text === '') return
  signal.throwIfAborted()
  if (process.stdout.write(text)) return
  await once(process.stdout, 'drain', {signal}).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

/** Colours are wanted: a terminal that has them, and neither NO_COLOR nor `--no-color`. */
export function wantsColour(flag: boolean): boolean {
  return flag && process.stdout.isTTY === true && process.stdout.hasColors()
}
