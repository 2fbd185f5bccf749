import {readdir} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import type {ProcessStart} from '../lock.js'
import type {DiskItem, DiskPlaces} from './disk-item.js'
import {Measure} from './measure.js'
import {scanStateDir} from './scan-state.js'
import {scanWorkspaces} from './scan-workspaces.js'
import {SizeCache} from './size-cache.js'

export interface ScanContext {
  places: DiskPlaces
  measure: Measure
  processStart: ProcessStart
  sizes: SizeCache
}

/**
 * Everything below the daemon's places, each byte in exactly one item (faults H-2, H-3). Reads only,
 * and needs no running daemon.
 * @param sizes kept between two inventories, so that the second one need not walk what nobody uses
 */
export async function takeInventory(
  places: DiskPlaces,
  processStart: ProcessStart,
  sizes = new SizeCache(),
): Promise<DiskItem[]> {
  // One place may lie in another: then it is counted for itself.
  const measure = new Measure([places.stateDir, places.workspacesRoot])
  const context = {places, measure, processStart, sizes}
  return [
    ...(await scanStateDir(context)),
    ...(await scanLogs(context)),
    ...(await scanWorkspaces(context)),
  ]
}

/** The daemon's log and the ones that were put aside (fault H-6). */
async function scanLogs({places: {logPath}, measure}: ScanContext): Promise<DiskItem[]> {
  const folder = dirname(logPath)
  const own = basename(logPath)
  const names = await readdir(folder).catch(() => [])
  const isLog = (name: string) =>
    name === own || (name.startsWith(`${own}.`) && /^\d+$/.test(name.slice(own.length + 1)))
  return await Promise.all(
    names.filter(isLog).map(async (name) => ({
      kind: 'log' as const,
      path: join(folder, name),
      bytes: await measure.tree(join(folder, name)),
      status: 'live' as const,
      lastUsed: Date.now(),
    })),
  )
}
