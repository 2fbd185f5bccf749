import type {ChildProcess} from 'node:child_process'
import {setMaxListeners} from 'node:events'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {isTransient, retry} from '../../src/client/retry.js'
import type {EventsReader} from './events-reader.js'
import type {Examiner} from './examiner.js'
import type {Ledger, LedgerEntry} from './ledger.js'
import {createRandom} from './random.js'
import type {ReaderRecord} from './reader-record.js'
import type {ScriptSeed} from './script.js'
import {BEHAVIOURS, follow} from './sse-readers.js'
import type {ChaosSystem} from './system.js'
import {tail} from './tail-reader.js'

export interface LoadOptions {
  system: ChaosSystem
  seed: string
  tasksAtOnce: number
  /** Silences that are longer than a lease. */
  patient: boolean
  ledger: Ledger
  events: EventsReader
  examiner: Examiner
  tails: Set<ChildProcess>
  complain(text: string): void
}

const READERS_PER_TASK = 3
const LOOK_MS = 100

/** Issues for the agent, readers for each of their runs, and a look at every run that has ended. */
export class Load {
  readonly #options: LoadOptions
  readonly #examining = new Set<Promise<void>>()
  /** Ends readers whose task never ends. */
  readonly #stop = new AbortController()
  /** Ids of all runs so far. */
  readonly #known = new Set<string>()
  #issues = 0
  /** What it waits for, for those who wonder why it does not end. */
  doing = 'nothing'

  constructor(options: LoadOptions) {
    this.#options = options
    setMaxListeners(0, this.#stop.signal)
  }

  /** Files issues until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const {ledger, tasksAtOnce} = this.#options
    while (!signal.aborted) {
      if (ledger.open().length >= tasksAtOnce) {
        await sleep(LOOK_MS, undefined, {signal}).catch(() => {})
        continue
      }
      await this.#file()
    }
  }

  /** Every run, retries included, has been looked at. */
  async settled(): Promise<void> {
    while (this.#examining.size > 0) await Promise.all(this.#examining)
  }

  stop(): void {
    this.#stop.abort()
  }

  async #file(): Promise<void> {
    const {system, seed, patient} = this.#options
    const number = ++this.#issues
    const script = {seed: `${seed} ${number}`, patient}
    this.doing = `files issue ${number}`
    const issue = await system.api.createIssue({title: `Chaos ${number}`, status: 'todo'})
    await writeFile(join(system.scriptsFolder, `${issue.id}.json`), JSON.stringify(script))
    const assignee = {assignee_type: 'agent' as const, assignee_id: system.agentId}
    this.doing = `assigns issue ${number}`
    await retry(() => system.api.updateIssue(issue.id, assignee), {
      signal: this.#stop.signal,
      deadlineMs: 300_000,
      isFinal: (error) => !isTransient(error),
    })
    this.doing = `looks for the run of issue ${number}`
    const found = await this.#follow(issue.id, number, script)
    this.doing = 'nothing'
    if (!found) this.#options.complain(`issue ${number} was assigned, and no run of it exists`)
  }

  /** Takes up the runs of an issue that are not known yet. @returns whether there are any */
  async #follow(issueId: string, number: number, script: ScriptSeed): Promise<boolean> {
    const {system, ledger, events} = this.#options
    const fresh = (await system.api.issueTasks(issueId)).filter(({id}) => !this.#known.has(id))
    for (const {id} of fresh) {
      this.#known.add(id)
      const entry = ledger.add({taskId: id, issueId, number, script})
      events.follow(id)
      const examining = this.#examine(entry, this.#read(entry)).finally(() => {
        this.#examining.delete(examining)
      })
      this.#examining.add(examining)
    }
    return fresh.length > 0
  }

  #read({taskId, number}: LedgerEntry): Promise<ReaderRecord[]> {
    const {system, seed, tails} = this.#options
    const {url} = system.networks.readers
    const {home, token} = system
    const random = createRandom(`${seed} ${number} readers`)
    const {signal} = this.#stop
    const reading = Array.from({length: READERS_PER_TASK}, (_, index) => {
      const own = createRandom(`${seed} ${number} ${index}`)
      return follow({url, token, taskId, behaviour: random.pick(BEHAVIOURS), random: own, signal})
    })
    if (random.chance(0.3)) reading.push(tail(taskId, {home, url, token, running: tails}))
    return Promise.all(reading)
  }

  async #examine(entry: LedgerEntry, reading: Promise<ReaderRecord[]>): Promise<void> {
    const {ledger, examiner, complain} = this.#options
    const {issueId, number, script, taskId} = entry
    try {
      const task = await examiner.examine(entry, reading)
      // A retry is filed in the moment in which its run is lost.
      if (task.status === 'failed') await this.#follow(issueId, number, script)
    } catch (error) {
      complain(`task ${taskId}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      ledger.forget(taskId)
    }
  }
}
