import {realpathSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {type Environment, readVariable} from './environment.js'

/**
 * A path of the running Node that survives an upgrade: a package manager keeps the name on the PATH and
 * deletes the folder of the old version, which is where `process.execPath` points (faults D8, D9).
 * @returns `process.execPath` when no name on the PATH leads to it; the first `node` when that is gone
 */
export function stableNode(env: Environment, execPath: string = process.execPath): string {
  const running = realPath(execPath)
  const names = (readVariable(env, 'PATH') ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'node'))
  const there = names.filter((name) => realPath(name) !== undefined)
  if (running === undefined) return there[0] ?? execPath
  return there.find((name) => realPath(name) === running) ?? execPath
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
