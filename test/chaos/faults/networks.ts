import {setTimeout as sleep} from 'node:timers/promises'
import type {FaultyProxy, NetworkFault} from '../faulty-proxy.js'
import type {Random} from '../random.js'
import type {Fault, Stage} from './fault.js'

/** What happens on the way between each pair: machine and servers, readers and servers, server and Postgres. */
export function networkFaults({system, random}: Stage): Fault[] {
  const {machine, readers, database} = system.networks
  return [
    ...tcpFaults(random, () => machine, 'workers', 1),
    ...httpFaults(random, machine, 'workers'),
    ...tcpFaults(random, () => readers, 'readers', 1),
    ...httpFaults(random, readers, 'readers'),
    ...(database.length > 0
      ? tcpFaults(random, () => random.pick(database), 'database network', 0.5)
      : []),
  ]
}

const MAX_FAULT_MS = 2500

const lasting = (
  random: Random,
  network: () => FaultyProxy,
  fault: () => NetworkFault,
): (() => Promise<void>) => {
  return async () => {
    const chosen = network()
    chosen.fault = fault()
    await sleep(random.int(100, MAX_FAULT_MS))
    chosen.fault = undefined
  }
}

function tcpFaults(
  random: Random,
  network: () => FaultyProxy,
  whose: string,
  weight: number,
): Fault[] {
  const of = (name: string, fault: () => NetworkFault): Fault => ({
    name: `${whose}: ${name}`,
    weight,
    run: lasting(random, network, fault),
  })
  return [
    {name: `${whose}: cut`, weight: 2 * weight, run: async () => network().cut()},
    of('refused', () => ({kind: 'refuse'})),
    of('stalled', () => ({kind: 'stall'})),
    of('delayed', () => ({kind: 'delay', ms: random.int(5, 200)})),
    of('slow', () => ({kind: 'slow', bytesPerSecond: random.int(20_000, 500_000)})),
    of('answers dropped', () => ({kind: 'drop-answer'})),
  ]
}

function httpFaults(random: Random, network: FaultyProxy, whose: string): Fault[] {
  return ([429, 502, 503] as const).map((status) => ({
    name: `${whose}: answered ${status}`,
    weight: 0.5,
    run: lasting(
      random,
      () => network,
      () => ({kind: 'answer', status}),
    ),
  }))
}
