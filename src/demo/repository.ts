import {type Dirent, promises as fs} from 'node:fs'
import {extname, join} from 'node:path'
import {execa} from 'execa'

const GIT_LIMIT_MS = 20_000
/** Files above this are counted but not read. */
const MAX_READ_BYTES = 2 * 1024 * 1024
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', 'dist', 'target', '.cache', 'vendor'])

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  path: string
  bytes: number
  /** Null for a file that is binary or too large to read. */
  lines: number | null
  todos: {line: number; text: string}[]
}

/** Runs git in the checkout. @returns its output without the last line end. @throws with git's own words */
export async function git(root: string, ...args: string[]): Promise<string> {
  const {stdout} = await execa('git', ['-C', root, ...args], {timeout: GIT_LIMIT_MS})
  return stdout
}

/** Files that belong to the project: what git tracks, or a walk over the folder where there is no git. */
export async function listFiles(root: string): Promise<string[]> {
  try {
    const tracked = await git(root, 'ls-files', '-z')
    return tracked.split('\0').filter(Boolean)
  } catch {
    return walk(root, '')
  }
}

async function walk(root: string, folder: string): Promise<string[]> {
  const entries: Dirent[] = await fs.readdir(join(root, folder), {withFileTypes: true})
  const files: string[] = []
  for (const entry of entries) {
    const path = folder ? `${folder}/${entry.name}` : entry.name
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
      files.push(...(await walk(root, path)))
    else if (entry.isFile()) files.push(path)
  }
  return files
}

/** Reads every file once: size, lines, and the notes that say that something is left to do. */
export async function readFiles(root: string, paths: string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const path of paths) {
    const file = await readOne(root, path).catch(() => undefined)
    if (file) files.push(file)
  }
  return files
}

async function readOne(root: string, path: string): Promise<SourceFile | undefined> {
  const stat = await fs.lstat(join(root, path))
  if (!stat.isFile()) return undefined
  if (stat.size > MAX_READ_BYTES) return {path, bytes: stat.size, lines: null, todos: []}
  const content = await fs.readFile(join(root, path))
  if (content.includes(0)) return {path, bytes: stat.size, lines: null, todos: []}
  const lines = content.toString('utf8').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return {path, bytes: stat.size, lines: lines.length, todos: findTodos(lines)}
}

/** The word stands in capitals and opens a note: a mention in the middle of a sentence does not count. */
const TODO = /(?:\/\/|#|\/\*|<!--|--|\*)\s*(TODO|FIXME|XXX|HACK)\b[:( ]?.*/

function findTodos(lines: string[]): SourceFile['todos'] {
  return lines.flatMap((line, index) => {
    const match = TODO.exec(line)
    return match ? [{line: index + 1, text: match[0].trim().slice(0, 120)}] : []
  })
}

/** Lines and bytes by file name ending, largest first. */
export function byExtension(
  files: SourceFile[],
): {extension: string; files: number; lines: number; bytes: number}[] {
  const groups = new Map<string, {extension: string; files: number; lines: number; bytes: number}>()
  for (const file of files) {
    const extension = extname(file.path) || '(none)'
    const group = groups.get(extension) ?? {extension, files: 0, lines: 0, bytes: 0}
    group.files++
    group.lines += file.lines ?? 0
    group.bytes += file.bytes
    groups.set(extension, group)
  }
  return [...groups.values()].sort((a, b) => b.lines - a.lines || b.bytes - a.bytes)
}

/** Files in each top-level folder, most first; files at the top are counted under `./`. */
export function byFolder(files: SourceFile[]): {folder: string; files: number; lines: number}[] {
  const groups = new Map<string, {folder: string; files: number; lines: number}>()
  for (const file of files) {
    const slash = file.path.indexOf('/')
    const folder = slash < 0 ? './' : `${file.path.slice(0, slash)}/`
    const group = groups.get(folder) ?? {folder, files: 0, lines: 0}
    group.files++
    group.lines += file.lines ?? 0
    groups.set(folder, group)
  }
  return [...groups.values()].sort((a, b) => b.files - a.files)
}
