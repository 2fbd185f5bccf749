import type {Response} from 'express'

/**
 * Writes parts of an answer no faster than the reader takes them; resolves when more can be written, or
 * when nobody reads any more. Listens once for the whole answer: compression hands `drain` to a stream of
 * its own, from which `once` removes nothing.
 */
export function createPacedWriter(res: Response): (text: string) => Promise<void> {
  let goOn = () => {}
  res.on('drain', () => goOn())
  res.on('close', () => goOn())
  return async (text) => {
    if (res.write(text) || res.destroyed) return
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
}
