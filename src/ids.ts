import {createHash, randomBytes, randomUUID} from 'node:crypto'

export const newId = (): string => randomUUID()

/** `mul_` + 40 hex: acts for its user (contract §0.3). */
export const newPersonalAccessToken = (): string => `mul_${randomBytes(20).toString('hex')}`
/** `mult_` + 40 hex: valid for one task and attempt (stream §1). */
export const newTaskToken = (): string => `mult_${randomBytes(20).toString('hex')}`
/** 64 hex: sessions and one-time sign-in links. */
export const newSecret = (): string => randomBytes(32).toString('hex')

/** How tokens are stored and looked up: hex SHA-256 of the whole token. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Lower-case with dashes, or undefined if the text is no UUID. */
export function parseUuid(text: string): string | undefined {
  const hex = text.trim().replaceAll('-', '').toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
