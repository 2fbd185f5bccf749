import {setTimeout as delay} from 'node:timers/promises'

/**
 * Waits until a condition gives something other than undefined or false, and returns that.
 * @param what is named when the time is over
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + limitMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false && value !== null) {
      return value as NonNullable<Exclude<T, false>>
    }
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await delay(10)
  }
}
