import type {ConfigFile} from './config-file.js'

export interface WatchChange {
  config: ConfigFile
  /** False: it is on the list already. */
  added: boolean
  /** It has become the default workspace, because there was none. */
  madeDefault: boolean
}

/** Puts a workspace on the watched list (contract §4.5). */
export function addWatched(
  config: ConfigFile,
  {id, name}: {id: string; name: string},
): WatchChange {
  const list = config.watched_workspaces ?? []
  const added = !list.some((entry) => entry.id === id)
  const madeDefault = added && !config.workspace_id
  return {
    added,
    madeDefault,
    config: {
      ...config,
      ...(added && {watched_workspaces: [...list, {id, name}]}),
      ...(madeDefault && {workspace_id: id}),
    },
  }
}

/** Takes a workspace off the list; undefined when it is not on it. */
export function removeWatched(config: ConfigFile, id: string): ConfigFile | undefined {
  const list = config.watched_workspaces ?? []
  const rest = list.filter((entry) => entry.id !== id)
  return rest.length === list.length ? undefined : {...config, watched_workspaces: rest}
}
