import {lstat} from 'node:fs/promises'
import {join} from 'node:path'
import type {FileChange} from '../protocol/task-diff.js'
import {type SafeGitOptions, safeGit, safeGitText} from './safe-git.js'
import {MAX_FILE_BYTES} from './scratch-repo.js'

/** A changed file as git lists it. */
export interface ChangedFile {
  path: string
  oldPath: string | null
  change: FileChange
  oldBlob: string
  /** null: git takes it for no text. */
  additions: number | null
  deletions: number | null
}

/** Files that git does not know and that are compared all the same. */
const MAX_NEW_FILES = 2000

/** Compares as people want to see it, and starts no program for it. */
const DIFF = [
  'diff',
  '--no-ext-diff',
  '--no-textconv',
  '--ignore-submodules=dirty',
  '-M',
  '--no-color',
]
const MAX_PATCH_BYTES = 16 * 1024 * 1024

/**
 * Makes new files known to the scratch repository's index, except those that are too large.
 * @returns the large ones, and whether there were too many
 */
export async function addNewFiles(
  scratch: SafeGitOptions,
): Promise<{large: {path: string; size: number}[]; tooMany: boolean}> {
  const {bytes, cut} = await safeGit(['ls-files', '--others', '--exclude-standard', '-z'], scratch)
  // A name with a slash at its end is a repository of its own.
  const names = zeroed(bytes, cut).filter((name) => !name.endsWith('/'))
  const small: string[] = []
  const large: {path: string; size: number}[] = []
  for (const path of names.slice(0, MAX_NEW_FILES)) {
    const size = await sizeOf(scratch.cwd, path)
    if (size === null) continue
    if (size > MAX_FILE_BYTES) large.push({path, size})
    else small.push(path)
  }
  if (small.length > 0) {
    const add = ['add', '--intent-to-add', '--pathspec-from-file=-', '--pathspec-file-nul']
    await safeGit(add, {...scratch, input: `${small.join('\0')}\0`})
  }
  return {large, tooMany: cut || names.length > MAX_NEW_FILES}
}

/** Everything that differs from a commit or tree, with counts of lines, in git's order. */
export async function listChanges(scratch: SafeGitOptions, base: string): Promise<ChangedFile[]> {
  const {bytes} = await safeGit(
    [...DIFF, '--raw', '--numstat', '-z', '--abbrev=64', base, '--'],
    scratch,
  )
  return parseChanges(zeroed(bytes, false))
}

/** Names of the files that differ from a commit. */
export async function listNames(scratch: SafeGitOptions, base: string): Promise<Set<string>> {
  const names = await safeGit([...DIFF, '--no-renames', '--name-only', '-z', base, '--'], scratch)
  return new Set(zeroed(names.bytes, names.cut))
}

/** The unified diff, whole or up to a limit. */
export const readPatch = (scratch: SafeGitOptions, base: string) =>
  safeGit([...DIFF, '--patch', '--full-index', '--src-prefix=a/', '--dst-prefix=b/', base, '--'], {
    ...scratch,
    maxBytes: MAX_PATCH_BYTES,
  })

/** Bytes of a file as it lies there; null when there is none. */
export async function sizeOf(root: string, path: string): Promise<number | null> {
  return lstat(join(root, path)).then(
    ({size}) => size,
    () => null,
  )
}

/** Bytes of stored files, by their ids. */
export async function sizesOfBlobs(
  scratch: SafeGitOptions,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const check = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
  const text = await safeGitText(check, {...scratch, input: `${ids.join('\n')}\n`})
  const sizes = text.split('\n').map((line) => line.split(' '))
  return new Map(
    sizes.flatMap(([id = '', size]) => (/^\d+$/.test(size ?? '') ? [[id, Number(size)]] : [])),
  )
}

function zeroed(bytes: Buffer, cut: boolean): string[] {
  const parts = bytes.toString('utf8').split('\0')
  // What stands behind the last zero is nothing, or a name that was cut.
  parts.pop()
  return cut ? parts.slice(0, -1) : parts
}

const CHANGES: Readonly<Record<string, FileChange>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type_changed',
}

/** `:mode mode id id R100`, name, name …, then `added\tdeleted\tname`, where a rename has its names behind it. */
function parseChanges(fields: readonly string[]): ChangedFile[] {
  const files = new Map<string, ChangedFile>()
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? ''
    if (field.startsWith(':')) {
      const [, , oldBlob = '', , status = ''] = field.split(' ')
      const change = CHANGES[status[0] ?? '']
      const oldPath = status[0] === 'R' || status[0] === 'C' ? (fields[++at] ?? null) : null
      const path = fields[++at] ?? ''
      if (!change) continue
      const renamedFrom = change === 'renamed' ? oldPath : null
      files.set(path, {path, oldPath: renamedFrom, change, oldBlob, additions: 0, deletions: 0})
      continue
    }
    const [added = '', deleted = '', ...rest] = field.split('\t')
    let path = rest.join('\t')
    if (path === '') {
      at += 2
      path = fields[at] ?? ''
    }
    const file = files.get(path)
    if (!file) continue
    file.additions = added === '-' ? null : Number(added)
    file.deletions = deleted === '-' ? null : Number(deleted)
  }
  return [...files.values()]
}
