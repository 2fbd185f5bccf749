import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {replaceFile} from '../../replace-file.js'
import type {ProcessStart} from '../lock.js'
import {findHolder} from '../lock.js'
import type {DiskLimits} from './disk-item.js'

const pathOf = (stateDir: string): string => join(stateDir, 'disk-limits.json')

/** Tells other processes by which limits the running daemon sweeps: its flags are not in the environment. */
export async function writeLimits(stateDir: string, limits: DiskLimits): Promise<void> {
  await replaceFile(pathOf(stateDir), `${JSON.stringify(limits)}\n`)
}

/** @returns undefined when no daemon runs here */
export async function limitsInForce(
  stateDir: string,
  processStart: ProcessStart,
): Promise<DiskLimits | undefined> {
  if (!(await findHolder(stateDir, processStart))) return undefined
  try {
    return JSON.parse(await readFile(pathOf(stateDir), 'utf8')) as DiskLimits
  } catch {
    return undefined
  }
}
