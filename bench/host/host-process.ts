// The server under test: the product as `multica serve` starts it, and what it is compared with, in one
// process on a core of its own, so that both have the same heap, the same core and the same clock.

import {type ReferenceName, startReference} from '../references/references.js'
import {answerCalls} from '../support/child.js'
import {openProduct, type Product, type ProductOptions} from './product.js'

let product: Product | undefined
const references: {stop(): Promise<void>}[] = []
const requireProduct = (): Product => {
  if (!product) throw new Error('the product is not started')
  return product
}

const calls = {
  async startProduct(options: ProductOptions = {countStatements: false}) {
    product = await openProduct(options)
    return {url: product.url, token: product.token}
  },
  /** Runs of tasks, claimed and started, ready for messages. */
  newRuns: (count: number) => requireProduct().newRuns(count),
  newWaitingRun: () => requireProduct().newWaitingRun(),
  async startReference(name: ReferenceName) {
    const reference = await startReference(name, product?.database)
    references.push(reference)
    return reference.url
  },
  /** CPU that this process has used, in microseconds, all of its threads. */
  cpu() {
    const {user, system} = process.cpuUsage()
    return user + system
  },
  /** Resident memory in bytes, after a collection. */
  memory() {
    globalThis.gc?.()
    return process.memoryUsage.rss()
  },
  /** Highest resident memory of this process so far, in bytes. */
  peakMemory: () => process.resourceUsage().maxRSS * 1024,
  /** Statements sent to the product's database so far. */
  statements: () => requireProduct().statements(),
}

export type HostCalls = typeof calls
answerCalls(calls, async () => {
  for (const reference of references) await reference.stop()
  await product?.stop()
})
