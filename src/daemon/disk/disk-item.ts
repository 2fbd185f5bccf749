/** Something on the disk that is counted, and perhaps removed, as a whole. */
export interface DiskItem {
  kind: 'work' | 'temp' | 'journal' | 'repo' | 'log' | 'leftover' | 'other'
  path: string
  /** Allocated on the disk, as `du` counts. */
  bytes: number
  /**
   * `live`: a worker is at it. `unreported`: the server does not have the end yet. `ended`: nobody works
   * in it. `unknown`: not ours, and never removed.
   */
  status: DiskStatus
  /** When it was last used, in milliseconds. */
  lastUsed: number
  taskId?: string
  workspaceId?: string
  issue?: string | null
  /** A later run may go on in this folder. */
  reusable?: boolean
}

export type DiskStatus = 'live' | 'unreported' | 'ended' | 'unknown'

/** Where a daemon keeps what it has made. */
export interface DiskPlaces {
  stateDir: string
  logPath: string
  workspacesRoot: string
}

/** How long things stay, and how much they may be. Times are in milliseconds. */
export interface DiskLimits {
  /** State folders of acknowledged tasks: spec, journal, the worker's log. */
  taskRetentionMs: number
  /** Work folders that no run has used. */
  workRetentionMs: number
  /** Clones that no checkout has used. */
  repoRetentionMs: number
  /** All of these together; what is in use counts but never goes. */
  quotaBytes: number
  /** Work and temp folders are left alone (contract §4.7). */
  keepWork: boolean
}

/** Below the root of the work folders: a folder for each ping that is under way. */
export const PINGS_FOLDER = '.pings'

/** Names that the collector gives to what it is about to delete; a crash leaves such ones behind. */
export const TRASH = /^\.trash-[0-9a-f-]{36}-[0-9a-f-]{36}$/
/** The same for clones, whose names have no id. */
export const REPO_TRASH = /^\.trash-[^/]+-[0-9a-f]{40}\.git-[0-9a-f-]{36}$/
/** A clone (src/repos/names.ts). */
export const REPO = /^[^/]+-[0-9a-f]{40}\.git$/
/** A clone that was being made. */
export const REPO_DRAFT = /^[^/]+-[0-9a-f]{40}\.git\.[0-9a-f-]{36}$/
