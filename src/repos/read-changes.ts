import {isUtf8} from 'node:buffer'
import {
  type CheckoutDiff,
  type DiffCommit,
  type DiffFile,
  MAX_CHECKOUT_PATCH_BYTES,
  MAX_DIFF_COMMITS,
  MAX_DIFF_FILES,
  MAX_FILE_PATCH_BYTES,
} from '../protocol/task-diff.js'
import {findBase} from './base-commit.js'
import {
  addNewFiles,
  type ChangedFile,
  listChanges,
  listNames,
  readPatch,
  sizeOf,
  sizesOfBlobs,
} from './changed-files.js'
import {withoutPassword} from './names.js'
import {type SafeGitOptions, safeGitText, trySafeGit} from './safe-git.js'
import {MAX_FILE_BYTES, openScratchRepo} from './scratch-repo.js'
import {recount, splitPatch} from './split-patch.js'

export interface ReadChangesOptions {
  path: string
  /** Name under which the checkout is shown. */
  name: string
  /** Folder for what is needed meanwhile. */
  tempDir: string
  /** Names at its top that are left out while git does not know them. */
  ignored?: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  mask: (text: string) => string
  signal: AbortSignal
}

/**
 * What was done in a checkout: branch, commits, and the diff of the files as they lie there against the
 * commit on which it was begun, with what is in no commit and what git does not know yet. Nothing in
 * the checkout is changed, and nothing that its settings name is started.
 * @throws AppError when git cannot read it
 */
export async function readChanges(options: ReadChangesOptions): Promise<CheckoutDiff> {
  const {path, name, env, mask, signal} = options
  const checkout: SafeGitOptions = {cwd: path, env, signal}
  const scratch = await openScratchRepo(checkout, options.tempDir, options.ignored)
  try {
    const head = (await trySafeGit(['rev-parse', '--verify', '--quiet', 'HEAD'], checkout)) ?? null
    const branch = (await trySafeGit(['symbolic-ref', '--short', 'HEAD'], checkout)) ?? null
    const base = head && (await findBase(checkout, scratch.gitDir, branch))
    const url = await trySafeGit(['config', '--get', 'remote.origin.url'], checkout)
    const commits = head ? await readCommits(checkout, base, mask) : {commits: [], commits_total: 0}
    return {
      name,
      url: url ? mask(withoutPassword(url)).slice(0, 4096) : null,
      branch: branch && mask(branch).slice(0, 500),
      base,
      head,
      ...commits,
      ...(await readFiles(scratch.options, {base, head}, mask)),
      error: null,
    }
  } finally {
    await scratch.remove()
  }
}

async function readCommits(
  checkout: SafeGitOptions,
  base: string | null,
  mask: (text: string) => string,
): Promise<{commits: DiffCommit[]; commits_total: number}> {
  const range = base ? `${base}..HEAD` : 'HEAD'
  const total = await safeGitText(['rev-list', '--count', range, '--'], checkout)
  const format = '--format=%H%x1f%an%x1f%aI%x1f%s'
  const log = ['log', '--no-show-signature', '--no-color', '--no-mailmap', format]
  const text = await safeGitText([...log, `--max-count=${MAX_DIFF_COMMITS}`, range, '--'], checkout)
  const commits = text
    .split('\n')
    .filter(Boolean)
    .map((line): DiffCommit => {
      const [sha = '', author = '', at = '', ...subject] = line.split('\x1f')
      return {
        sha,
        author: mask(author).slice(0, 500),
        at: at.slice(0, 40),
        subject: mask(subject.join(' ')).slice(0, 1000),
      }
    })
  return {commits, commits_total: Number(total)}
}

async function readFiles(
  scratch: SafeGitOptions,
  {base, head}: {base: string | null; head: string | null},
  mask: (text: string) => string,
) {
  const from = base ?? (await emptyTree(scratch))
  const {large, tooMany} = await addNewFiles(scratch)
  const changed = await listChanges(scratch, from)
  const uncommitted = await listNames(scratch, head ?? from)
  const patch = await readPatch(scratch, from)
  const parts = splitPatch(patch.bytes)
  // The last part of a cut diff is not whole.
  if (patch.cut) parts.pop()
  const shown = changed.slice(0, MAX_DIFF_FILES)
  const deleted = shown.filter(({change, additions}) => change === 'deleted' && additions === null)
  const sizes = await sizesOfBlobs(
    scratch,
    deleted.map(({oldBlob}) => oldBlob),
  )
  const room = {left: MAX_CHECKOUT_PATCH_BYTES}
  const files: DiffFile[] = []
  for (const file of shown) {
    const size = (await sizeOf(scratch.cwd, file.path)) ?? sizes.get(file.oldBlob) ?? null
    const own = parts.filter((part) => part.path === file.path).map(({bytes}) => bytes)
    const text = patchText(file, {size, bytes: Buffer.concat(own), room, mask})
    const isOpen =
      uncommitted.has(file.path) || (file.oldPath !== null && uncommitted.has(file.oldPath))
    files.push({...describeFile(file, mask), size, uncommitted: isOpen, ...text})
  }
  files.push(...large.slice(0, MAX_DIFF_FILES - files.length).map((file) => largeFile(file, mask)))
  const total = (count: (file: ChangedFile) => number | null) =>
    changed.reduce((sum, file) => sum + (count(file) ?? 0), 0)
  return {
    files,
    files_total: changed.length + large.length,
    additions: total(({additions}) => additions),
    deletions: total(({deletions}) => deletions),
    truncated:
      tooMany ||
      files.length < changed.length + large.length ||
      files.some(({omitted}) => omitted === 'limit' || omitted === 'large'),
  }
}

/** The id of a tree without files, as this repository counts ids. */
const emptyTree = (scratch: SafeGitOptions): Promise<string> =>
  safeGitText(['hash-object', '-t', 'tree', '--stdin'], {...scratch, input: ''})

const describeFile = (file: ChangedFile, mask: (text: string) => string) => ({
  path: mask(file.path).slice(0, 4096),
  old_path: file.oldPath && mask(file.oldPath).slice(0, 4096),
  change: file.change,
  additions: file.additions,
  deletions: file.deletions,
})

const largeFile = (
  file: {path: string; size: number},
  mask: (text: string) => string,
): DiffFile => ({
  path: mask(file.path).slice(0, 4096),
  old_path: null,
  change: 'added',
  additions: null,
  deletions: null,
  size: file.size,
  uncommitted: true,
  patch: null,
  omitted: 'large',
  altered: false,
})

interface PatchSource {
  size: number | null
  bytes: Buffer
  /** What may still be stored of this checkout. */
  room: {left: number}
  mask: (text: string) => string
}

function patchText(
  file: ChangedFile,
  {size, bytes, room, mask}: PatchSource,
): Pick<DiffFile, 'patch' | 'omitted' | 'altered'> {
  const without = (omitted: DiffFile['omitted']) => ({patch: null, omitted, altered: false})
  if (file.additions === null) return without((size ?? 0) > MAX_FILE_BYTES ? 'large' : 'binary')
  if (bytes.length > MAX_FILE_PATCH_BYTES) return without('large')
  if (bytes.length === 0 || bytes.length > room.left) return without('limit')
  room.left -= bytes.length
  const text = bytes.toString('utf8')
  const masked = mask(text)
  const patch = masked === text ? text : recount(masked)
  return {patch, omitted: null, altered: patch !== text || !isUtf8(bytes)}
}
