import {rmSync} from 'node:fs'
import {mkdtemp} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const made: string[] = []
// What a test has not removed itself goes when its process ends.
process.once('exit', () => {
  for (const folder of made) rmSync(folder, {recursive: true, force: true})
})

/** A new folder under the system's temporary one. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'multica-test-'))
  made.push(folder)
  return folder
}
