import {setTimeout as sleep} from 'node:timers/promises'
import type {Clock} from '../clock.js'
import type {SmallDisk} from '../small-disk.js'
import type {Fault, Stage} from './fault.js'

const HOUR_MS = 3_600_000

/** Clocks that are set, disks that are full, databases that go away. */
export function machineFaults(stage: Stage): Fault[] {
  const {system, random} = stage
  const {clocks, disks, database} = system
  const setClock = (clock: Clock) => async () =>
    clock.set(random.pick([0, 90_000, -90_000, HOUR_MS, -HOUR_MS, 5 * HOUR_MS]))
  const faults: Fault[] = [
    {name: 'clock of the servers set', weight: 1, run: setClock(clocks.servers)},
    {name: 'clock of the machine set', weight: 1, run: setClock(clocks.machine)},
  ]
  if (disks.journals) {
    const {journals} = disks
    faults.push({name: 'disk of the journals full', weight: 1, run: () => fill(stage, journals)})
  }
  if (disks.database) {
    const {database: disk} = disks
    faults.push({name: 'disk of the database full', weight: 1, run: () => fill(stage, disk)})
  }
  return [
    ...faults,
    ...(database.kind === 'sqlite'
      ? [{name: 'database locked', weight: 2, run: () => database.lockFor(random.int(200, 4000))}]
      : [
          {name: 'database connections ended', weight: 2, run: database.cutConnections},
          {name: 'database restarted', weight: 0.5, run: database.restart},
        ]),
  ]
}

async function fill({random, ledger}: Stage, disk: SmallDisk): Promise<void> {
  ledger.noteAll('disk full')
  await disk.fill()
  try {
    await sleep(random.int(500, 5000))
  } finally {
    await disk.empty()
    // Those that have been handed out meanwhile.
    ledger.noteAll('disk full')
  }
}
