import {copyFile, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {type SafeGitOptions, safeGitText} from './safe-git.js'

/** Larger files are named and not compared. */
export const MAX_FILE_BYTES = 1024 * 1024

/** Files of ours and of agents that nobody wants to see as changes. */
const OWN_FILES = ['.agent_context', '.claude/skills', '.agents/skills']

/**
 * A git folder of our own on the objects of a checkout. Its settings are ours alone, so that no filter,
 * driver or monitor that the checkout's own settings name is started; its index is a copy, so that
 * nothing in the checkout is changed.
 */
export interface ScratchRepo {
  /** What makes git work on the checkout's files with this folder. */
  options: SafeGitOptions
  /** The checkout's own folder for its head and branch. */
  gitDir: string
  remove(): Promise<void>
}

/** @param ignored names of further files at the top that are left out while git does not know them */
export async function openScratchRepo(
  checkout: SafeGitOptions,
  tempDir: string,
  ignored: readonly string[] = [],
): Promise<ScratchRepo> {
  const question = ['--absolute-git-dir', '--git-common-dir', '--show-object-format']
  const answer = await safeGitText(['rev-parse', ...question], checkout)
  const [gitDir = '', commonDir = '', format = 'sha1'] = answer.split('\n')
  const common = resolve(checkout.cwd, commonDir)
  const folder = await mkdtemp(join(tempDir, 'diff-'))
  const remove = () => rm(folder, {recursive: true, force: true})
  try {
    for (const part of ['objects/info', 'refs', 'info']) {
      await mkdir(join(folder, part), {recursive: true, mode: 0o700})
    }
    await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/none\n')
    await writeFile(join(folder, 'config'), configOf(format))
    await writeFile(join(folder, 'objects/info/alternates'), `${join(common, 'objects')}\n`)
    const excludes = await readFile(join(common, 'info/exclude'), 'utf8').catch(() => '')
    const ours = [...OWN_FILES, ...ignored].map((name) => `/${name}`)
    await writeFile(join(folder, 'info/exclude'), `${excludes}\n${ours.join('\n')}\n`)
    await copyFile(join(gitDir, 'index'), join(folder, 'index')).catch(() => undefined)
  } catch (error) {
    await remove()
    throw error
  }
  const gitEnv = {GIT_DIR: folder, GIT_WORK_TREE: checkout.cwd}
  return {options: {...checkout, gitEnv}, gitDir, remove}
}

function configOf(format: string): string {
  const version = format === 'sha1' ? 0 : 1
  const extension = format === 'sha1' ? '' : `[extensions]\n\tobjectFormat = ${format}\n`
  return `[core]\n\trepositoryformatversion = ${version}\n\tbare = false\n\tbigFileThreshold = ${MAX_FILE_BYTES}\n${extension}`
}
