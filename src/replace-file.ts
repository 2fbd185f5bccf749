import {rename, rm, writeFile} from 'node:fs/promises'

/** What is being written; a later write takes the place of what a killed process has left. */
export const draftOf = (path: string): string => `${path}.new`

/**
 * Writes a whole file of mode 0600, or leaves the old one: never a half. Two writers of one file need a lock.
 * @param options.flush also survives a loss of power
 */
export async function replaceFile(
  path: string,
  text: string,
  {flush = false}: {flush?: boolean} = {},
): Promise<void> {
  const draft = draftOf(path)
  try {
    await writeFile(draft, text, {mode: 0o600, flush})
    await rename(draft, path)
  } catch (error) {
    // A full disk takes the beginning of a file.
    await rm(draft, {force: true})
    throw error
  }
}
