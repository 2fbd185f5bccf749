import {AppError} from '../errors.js'
import {processEnvironment} from '../settings/environment.js'
import {allStateDirs} from '../settings/paths.js'
import type {Settings} from '../settings/settings.js'
import {runAbove} from '../task-folder/run-above.js'
import {runFolderOf} from '../task-folder/run-folder.js'

/**
 * Refuses the token of a person to an agent that has lost the variables of its run (fault I4): in the
 * work folder of a run, and in whatever folder where a run has started this command.
 * @throws AppError `forbidden`
 */
export function requireOwnPlace(settings: Settings): Settings {
  if (settings.tokenSource !== 'config') return settings
  const folder = runFolderOf(process.cwd())
  if (folder !== undefined) {
    throw refusal(`this folder belongs to a run of an agent (${folder})`, '; people leave it first')
  }
  const task = runAbove(allStateDirs(processEnvironment()))
  if (task !== undefined) throw refusal(`a run of an agent has started this (task ${task})`)
  return settings
}

const refusal = (why: string, fix = ''): AppError =>
  new AppError('forbidden', `${why}, and MULTICA_TOKEN of that run is not set${fix}`)
