import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** Where a work folder says that it is one; see work-folder-mark.ts. */
export const MARK_FOLDER = '.multica'
export const MARK_FILE = 'folder.json'

/** The work folder of a run that a path lies in; undefined for anything else. */
export function runFolderOf(path: string): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, MARK_FOLDER, MARK_FILE))) return folder
    if (folder === dirname(folder)) return undefined
  }
}
