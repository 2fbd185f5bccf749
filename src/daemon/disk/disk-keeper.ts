import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {parseUuid} from '../../ids.js'
import type {DaemonSettings} from '../../settings/daemon-settings.js'
import {forgetUse, readUses} from '../../task-folder/work-folder-mark.js'
import type {DiskItem, DiskLimits} from './disk-item.js'
import {REPO} from './disk-item.js'
import {takeInventory} from './inventory.js'
import {writeLimits} from './limits-file.js'
import {planRemovals, type Removal} from './plan.js'
import {mayGo, type RemoveContext, removeItem} from './remove-item.js'
import {tidyRepo} from './repo-care.js'
import {SizeCache} from './size-cache.js'
import {stateOfTask} from './task-state.js'

export interface DiskKeeperOptions extends RemoveContext {
  limits: DiskLimits
}

/**
 * Keeps what the daemon leaves on the disk within its limits (faults H-1 to H-4). Safe beside running
 * workers, beside a second daemon and beside itself in another process.
 */
export class DiskKeeper {
  readonly #options: DiskKeeperOptions
  readonly #sizes = new SizeCache()

  constructor(options: DiskKeeperOptions) {
    this.#options = options
  }

  /** Tells other processes by which limits this one sweeps. */
  announce(): Promise<void> {
    return writeLimits(this.#options.places.stateDir, this.#options.limits)
  }

  /** Everything there is, counted. */
  inventory(): Promise<DiskItem[]> {
    const {places, processStart} = this.#options
    return takeInventory(places, processStart)
  }

  /** What the next sweep would remove. Changes nothing. */
  async preview(items: readonly DiskItem[]): Promise<Removal[]> {
    return this.#choose(items, (removal) => mayGo(removal, {env: this.#options.env}))
  }

  /** Removes what is too old or too much. What cannot be removed is logged and does not stop the rest. */
  async sweep(signal?: AbortSignal): Promise<Removal[]> {
    const {places, processStart, log} = this.#options
    const items = await takeInventory(places, processStart, this.#sizes)
    const removed = await this.#choose(items, async (removal) => {
      signal?.throwIfAborted()
      return this.#remove(removal)
    })
    await this.#afterwards(items, removed, signal)
    if (removed.length > 0) {
      const bytes = removed.reduce((sum, {item}) => sum + item.bytes, 0)
      log.info({event: 'disk_swept', removed: removed.length, bytes})
    }
    return removed
  }

  /** @param act whether it goes */
  async #choose(
    items: readonly DiskItem[],
    act: (removal: Removal) => Promise<boolean>,
  ): Promise<Removal[]> {
    const plan = planRemovals(items, this.#options.limits, Date.now())
    const chosen: Removal[] = []
    let {excess} = plan
    for (const removal of plan.due) {
      if (await act(removal)) chosen.push(removal)
      else if (isCounted(removal)) excess += removal.item.bytes
    }
    for (const removal of plan.spare) {
      if (excess <= 0) break
      if (!(await act(removal))) continue
      chosen.push(removal)
      excess -= removal.item.bytes
    }
    return chosen
  }

  async #remove(removal: Removal): Promise<boolean> {
    const {log} = this.#options
    const {kind, path, bytes} = removal.item
    try {
      if (!(await removeItem(removal, this.#options))) return false
      this.#sizes.forget(path)
      log.info({event: 'disk_removed', kind, path, bytes, reason: removal.reason})
      return true
    } catch (error) {
      log.warn({event: 'disk_not_removed', kind, path, error: String(error)})
      return false
    }
  }

  /** Clones whose checkouts went are tidied; runs that have ended are forgotten by the folders they used. */
  async #afterwards(items: DiskItem[], removed: Removal[], signal?: AbortSignal): Promise<void> {
    const {places, env, log} = this.#options
    const gone = new Set(removed.map(({item}) => item))
    const workspaces = new Set(
      removed.filter(({item}) => item.kind === 'work').map(({item}) => item.workspaceId ?? ''),
    )
    for (const workspaceId of workspaces) {
      if (parseUuid(workspaceId) !== workspaceId) continue
      const folder = join(places.workspacesRoot, '.repos', workspaceId)
      const names = await readdir(folder).catch(() => [])
      for (const name of names.filter((candidate) => REPO.test(candidate))) {
        signal?.throwIfAborted()
        const path = join(folder, name)
        this.#sizes.forget(path)
        await tidyRepo(path, env).catch((error: unknown) =>
          log.warn({event: 'repo_not_tidied', path, error: String(error)}),
        )
      }
    }
    for (const item of items) {
      if (item.kind === 'work' && item.status !== 'unknown' && !gone.has(item)) {
        await this.#forgetUses(item.path)
      }
    }
  }

  async #forgetUses(root: string): Promise<void> {
    const uses = (await readUses(root).catch(() => [])).sort((a, b) => b.since - a.since)
    for (const use of uses.slice(1)) {
      const {status} = await stateOfTask(use.stateFolder, this.#options.processStart)
      if (status === 'ended') await forgetUse(root, use.taskId)
    }
  }
}

const isCounted = ({item}: Removal): boolean => item.kind !== 'leftover'

/** Of a daemon's settings. */
export const diskLimits = (settings: DaemonSettings): DiskLimits => ({
  taskRetentionMs: settings.taskRetentionMs,
  workRetentionMs: settings.workRetentionMs,
  repoRetentionMs: settings.repoRetentionMs,
  quotaBytes: settings.diskQuota,
  keepWork: settings.keepEnvAfterTask,
})
