import {createLog} from '../../log.js'
import {processStartTime} from '../../process-tree/process-table.js'
import {type DaemonFlags, resolveDaemonSettings} from '../../settings/daemon-settings.js'
import {processEnvironment} from '../../settings/environment.js'
import type {Settings} from '../../settings/settings.js'
import type {DiskLimits} from './disk-item.js'
import {DiskKeeper, diskLimits} from './disk-keeper.js'
import {limitsInForce} from './limits-file.js'

/**
 * A keeper for a command: with the limits of the daemon that runs, else those of flags and environment.
 * @param flags go before both
 */
export async function openKeeper(
  settings: Settings,
  flags: DaemonFlags,
): Promise<{keeper: DiskKeeper; limits: DiskLimits}> {
  const env = processEnvironment()
  const own = diskLimits(resolveDaemonSettings(settings.profile, flags, env))
  const running = await limitsInForce(settings.stateDir, processStartTime)
  const limits: DiskLimits = {
    ...own,
    ...running,
    ...(flags['work-retention'] && {workRetentionMs: own.workRetentionMs}),
    ...(flags['repo-retention'] && {repoRetentionMs: own.repoRetentionMs}),
    ...(flags['disk-quota'] && {quotaBytes: own.quotaBytes}),
  }
  const keeper = new DiskKeeper({
    places: settings,
    limits,
    processStart: processStartTime,
    env,
    log: createLog('warn'),
  })
  return {keeper, limits}
}
