import {stat} from 'node:fs/promises'
import type {Log} from '../log.js'
import {runEvery} from './run-every.js'

const CHECK_MS = 2000

/**
 * Tells when the config file has changed, until the signal is aborted (contract §5.4): by its time
 * stamp, because the file is replaced at each change and notifications miss that on some disks.
 */
export async function watchConfig(
  path: string,
  {signal, log}: {signal: AbortSignal; log: Log},
  onChange: () => void,
): Promise<void> {
  const read = async (): Promise<number> => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
  let last = await read()
  await runEvery(CHECK_MS, {signal, log, name: 'config'}, async () => {
    const now = await read()
    if (now === last) return
    last = now
    onChange()
  })
}
