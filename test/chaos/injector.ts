import {setTimeout as sleep} from 'node:timers/promises'
import type {Fault, Stage} from './faults/fault.js'
import {machineFaults} from './faults/machines.js'
import {networkFaults} from './faults/networks.js'
import {peopleFaults} from './faults/people.js'
import {processFaults} from './faults/processes.js'
import type {Random} from './random.js'

export interface InjectorOptions {
  stage: Stage
  signal: AbortSignal
  /** Longest pause between two faults. */
  pauseMs: number
  /** Without the faults that take as long as a lease, and each of the others once a round. */
  isShort: boolean
  onFault(name: string): void
}

/** Does harm according to a seeded plan until the signal aborts. @returns how often each was done */
export async function injectFaults(options: InjectorOptions): Promise<Record<string, number>> {
  const {stage, signal, pauseMs, isShort} = options
  const all = [processFaults, networkFaults, machineFaults, peopleFaults].flatMap((faults) =>
    faults(stage),
  )
  const counts: Record<string, number> = {}
  while (!signal.aborted) {
    for (const fault of planRound(all, stage.random, isShort)) {
      await sleep(stage.random.int(50, pauseMs), undefined, {signal}).catch(() => {})
      if (signal.aborted) break
      counts[fault.name] = (counts[fault.name] ?? 0) + 1
      options.onFault(fault.name)
      await fault.run()
    }
  }
  return counts
}

/** Each fault as often as its weight says, in an order of chance: none is forgotten for long. */
function planRound(faults: readonly Fault[], random: Random, isShort: boolean): Fault[] {
  const round = faults.flatMap((fault) => {
    if (isShort) return fault.isLong ? [] : [fault]
    const whole = Math.floor(fault.weight)
    const count = whole + (random.chance(fault.weight - whole) ? 1 : 0)
    return Array<Fault>(count).fill(fault)
  })
  const order = round.map((fault) => ({fault, place: random.next()}))
  return order.sort((a, b) => a.place - b.place).map(({fault}) => fault)
}
