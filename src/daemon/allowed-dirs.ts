import {realpath, stat} from 'node:fs/promises'
import {sep} from 'node:path'
import {AppError, invalid} from '../errors.js'
import {changeState, readState} from './state-file.js'

/**
 * Folders of the user in which runs may work. They lie in the daemon's state, where nobody but the user
 * of this machine can write: an issue alone never leads an agent into a folder.
 */
export async function allowDir(stateDir: string, path: string): Promise<string> {
  const folder = await requireFolder(path)
  await changeState(stateDir, (state) => ({
    ...state,
    allowed_dirs: [...new Set([...state.allowed_dirs, folder])].sort(),
  }))
  return folder
}

/** @throws AppError when it was not allowed */
export async function disallowDir(stateDir: string, path: string): Promise<void> {
  const folder = await realpath(path).catch(() => path)
  await changeState(stateDir, (state) => {
    const left = state.allowed_dirs.filter((other) => other !== folder && other !== path)
    if (left.length === state.allowed_dirs.length) {
      throw new AppError('not_found', `${path} is not allowed; --list shows what is`)
    }
    return {...state, allowed_dirs: left}
  })
}

/**
 * The folder that an issue asks for, links followed.
 * @throws AppError when it is missing, or not in a folder that the user has allowed
 */
export async function requireAllowed(stateDir: string, path: string): Promise<string> {
  const folder = await requireFolder(path)
  const {allowed_dirs: allowed} = await readState(stateDir)
  if (allowed.some((root) => folder === root || folder.startsWith(root + sep))) return folder
  throw new AppError(
    'forbidden',
    `${path} is no folder that runs may use on this machine; its user allows it with: multica daemon allow-dir ${path}`,
  )
}

async function requireFolder(path: string): Promise<string> {
  const folder = await realpath(path).catch(() => undefined)
  const isFolder = folder !== undefined && (await stat(folder)).isDirectory()
  if (!folder || !isFolder) throw invalid(`${path} is no folder on this machine`, 'path')
  return folder
}
