import type {Log} from '../../log.js'
import type {DaemonSettings} from '../../settings/daemon-settings.js'
import {Wakeup} from '../wakeup.js'
import type {DiskPlaces} from './disk-item.js'
import {DiskKeeper, diskLimits} from './disk-keeper.js'
import type {RemoveContext} from './remove-item.js'

const SWEEP_MS = 600_000
/** Runs that end one after another are cleaned up after together. */
const SOON_MS = 30_000

/** Sweeps at the start, every ten minutes, and soon after the end of a run, whose temp folder goes then. */
export class DiskLoop {
  readonly #keeper: DiskKeeper
  readonly #log: Log
  readonly #ended = new Wakeup()

  constructor(keeper: DiskKeeper, log: Log) {
    this.#keeper = keeper
    this.#log = log
  }

  /** A run has ended. */
  wake(): void {
    this.#ended.wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#keeper.announce()
        await this.#keeper.sweep(signal)
      } catch (error) {
        if (!signal.aborted) this.#log.warn({event: 'sweep_failed', error: String(error)})
      }
      await this.#ended.wait(signal, SWEEP_MS)
      await new Wakeup().wait(signal, SOON_MS)
    }
  }
}

/** The loop of a daemon with these settings. */
export function openDiskLoop({
  settings,
  daemon,
  ...context
}: Omit<RemoveContext, 'places'> & {settings: DiskPlaces; daemon: DaemonSettings}): DiskLoop {
  const keeper = new DiskKeeper({...context, places: settings, limits: diskLimits(daemon)})
  return new DiskLoop(keeper, context.log)
}
