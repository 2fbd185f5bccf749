import type {Log} from '../log.js'
import type {Workspace} from '../protocol/workspace.js'
import type {Config, ConfigFile} from '../settings/config-file.js'
import {belongsToServer} from './config-scope.js'
import {readState} from './state-file.js'

export interface WatchListOptions {
  config: Config
  stateDir: string
  serverUrl: string
  /** Those that are served now. */
  present: string[]
  /** Watched whatever the config says. */
  extra: string[]
  /** The workspaces that the user is a member of. */
  memberships(): Promise<Workspace[]>
  log: Log
}

/**
 * The ids of the workspaces to serve: those that the user is a member of and has not unwatched
 * (contract §5.5). The config's list is brought up to date; it is all there is while the server cannot
 * be asked.
 */
export async function syncWatchList(options: WatchListOptions): Promise<string[]> {
  const {config, log, extra} = options
  const file = config.read()
  const ours = belongsToServer(file, options.serverUrl)
  let members: Workspace[]
  try {
    members = await options.memberships()
  } catch (error) {
    log.debug({event: 'workspace_sync_failed', error: String(error)})
    const listed = ours ? (file.watched_workspaces ?? []).map(({id}) => id) : options.present
    return [...new Set([...listed, ...extra])]
  }
  const {unwatched} = await readState(options.stateDir)
  const wanted = members.filter(({id}) => extra.includes(id) || !unwatched.includes(id))
  if (ours && !isListed(file, wanted)) {
    await config.change((now) => ({...now, watched_workspaces: mergeList(now, wanted)}))
    log.info({event: 'watch_list_changed', workspaces: wanted.map(({id}) => id)})
  }
  return wanted.map(({id}) => id)
}

function isListed(file: ConfigFile, wanted: Workspace[]): boolean {
  const listed = (file.watched_workspaces ?? []).map(({id}) => id)
  return listed.length === wanted.length && wanted.every(({id}) => listed.includes(id))
}

function mergeList(file: ConfigFile, wanted: Workspace[]) {
  const listed = new Map((file.watched_workspaces ?? []).map((entry) => [entry.id, entry]))
  return wanted.map(({id, name}) => ({...listed.get(id), id, name}))
}
