import {AppError} from '../errors.js'
import {openConfig} from '../settings/config-file.js'
import {processEnvironment} from '../settings/environment.js'
import type {Settings} from '../settings/settings.js'
import {tokenFor} from './config-scope.js'
import {findHolder, type ProcessStart} from './lock.js'
import type {Holder} from './state-file.js'

/**
 * The daemon that a restart is to replace; undefined when none runs.
 * @throws AppError when somebody else starts and stops it
 */
export async function requireRestartable(
  settings: Settings,
  processStart: ProcessStart,
): Promise<Holder | undefined> {
  const holder = await findHolder(settings.stateDir, processStart)
  if (holder?.mode === 'foreground') {
    const text = `the daemon runs in the foreground of another program (pid ${holder.pid}); restart it there`
    throw new AppError('conflict', text)
  }
  return holder
}

/** The settings with the server of the daemon before, unless only another one lets this user in now. */
export function sameServer(settings: Settings, earlier: Holder | undefined): Settings {
  if (!earlier) return settings
  const same = {...settings, serverUrl: earlier.server_url}
  const file = openConfig(settings.profile, processEnvironment()).read()
  return tokenFor(same, file) === undefined ? settings : same
}
