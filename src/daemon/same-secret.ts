import {timingSafeEqual} from 'node:crypto'

/** Whether a secret is the wanted one, in a time that does not tell how much of it is right. */
export function isSameSecret(given: string | undefined, wanted: string | undefined): boolean {
  if (!given || !wanted || given.length !== wanted.length) return false
  return timingSafeEqual(Buffer.from(given), Buffer.from(wanted))
}
