import {mkdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as z from 'zod'
import {AppError, invalid} from '../errors.js'
import {lockFile} from '../lock-file.js'
import {replaceFile} from '../replace-file.js'

/** Who holds this machine and profile. */
export const Holder = z.object({
  pid: z.number().int(),
  /** Start time of the process as the system tells it: a recycled pid has another one. */
  pid_start: z.string(),
  since: z.string(),
  server_url: z.string(),
  /** Port of the local API; the formula's port may be taken (contract §5.16). */
  port: z.number().int().optional(),
  /** Who started it, and so who has to stop and start it. */
  mode: z.enum(['background', 'foreground', 'service']).default('foreground'),
  /** Flags of its start, for a restart. */
  flags: z.array(z.string()).default([]),
  /** Secret for those who may steer it through the local API: only this user can read it here. */
  control: z.string().optional(),
})
export type Holder = z.output<typeof Holder>

/** `state.json`: what the original's config file has no place for (contract §4.2). */
const State = z.looseObject({
  daemon: Holder.optional(),
  /** Workspaces that the user does not want here, so that a sync does not bring them back (§5.5). */
  unwatched: z.array(z.string()).default([]),
  /** Folders of the user in which runs may work, absolute, links followed. */
  allowed_dirs: z.array(z.string()).default([]),
})
export type State = z.output<typeof State>

const EMPTY: State = {unwatched: [], allowed_dirs: []}

export async function readState(stateDir: string): Promise<State> {
  const path = statePath(stateDir)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY
    throw invalid(`${path} cannot be read: ${(error as Error).message}`)
  }
  try {
    return State.parse(JSON.parse(text))
  } catch (error) {
    throw new AppError('invalid', `${path} is damaged; remove it, it is made anew`, {cause: error})
  }
}

/** Reads, changes and writes the state under a lock between processes. @returns the new state */
export async function changeState(
  stateDir: string,
  fn: (state: State) => State | Promise<State>,
): Promise<State> {
  await mkdir(stateDir, {recursive: true, mode: 0o700})
  const path = statePath(stateDir)
  const release = await lockFile(path, {
    stale: 10_000,
    retries: {retries: 60, minTimeout: 20, maxTimeout: 300, randomize: true},
  })
  try {
    const state = await fn(await readState(stateDir))
    await replaceFile(path, `${JSON.stringify(state, null, 2)}\n`, {flush: true})
    return state
  } finally {
    await release()
  }
}

const statePath = (stateDir: string): string => join(stateDir, 'state.json')
