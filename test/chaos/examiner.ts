import {access, readdir, readFile, truncate} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {untilAborted} from '../../src/client/until-aborted.js'
import type {Task} from '../../src/protocol/task.js'
import {isTerminal} from '../../src/protocol/task.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {findProcesses} from '../support/find-processes.js'
import {until} from '../support/until.js'
import {checkComments, checkEnd, checkEvents, type Diary} from './end-check.js'
import type {EventsReader} from './events-reader.js'
import type {LedgerEntry} from './ledger.js'
import type {ReaderRecord} from './reader-record.js'
import {hashOf, writeScript} from './script.js'
import type {ChaosSystem} from './system.js'
import {compareJournal, compareReader, compareScript, expectedOf} from './transcript-check.js'

/** A server may be away or frozen in the middle of an answer. */
const READ_LIMIT_MS = 60_000

/** What has been counted so far. */
export interface Findings {
  tasks: number
  messages: number
  deliveries: number
  readers: number
  connections: number
  /** Runs that were given up as lost and taken up again. */
  revived: number
  ends: Record<string, number>
  /** Empty when all is well. */
  violations: string[]
}

export const noFindings = (): Findings => ({
  tasks: 0,
  messages: 0,
  deliveries: 0,
  readers: 0,
  connections: 0,
  revived: 0,
  ends: {},
  violations: [],
})

export interface ExaminerOptions {
  system: ChaosSystem
  events: EventsReader
  findings: Findings
  /** Says one line about each task. */
  say(text: string): void
  /** Called for everything that must not be. */
  complain(text: string): void
  limitMs: number
}

/** How long what ends together with a run may take to be gone. */
const LEAVING_MS = 20_000

/**
 * Compares what the agent of an ended run wrote with journal, database and every reader, and forgets the
 * run, so that a long run of the suite needs no more memory than a short one.
 */
export class Examiner {
  readonly #options: ExaminerOptions
  /** Transcripts are looked at one after the other: some are large. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ExaminerOptions) {
    this.#options = options
  }

  /** @returns the run as it has ended */
  async examine(entry: LedgerEntry, reading: Promise<ReaderRecord[]>): Promise<Task> {
    const readers = await reading
    const task = await this.#settled(entry.taskId)
    const turn = this.#turn.then(() => this.#compare(entry, task, readers))
    this.#turn = turn.catch(() => {})
    await turn
    return task
  }

  /** The run has ended, and so has its worker, whatever else must still come back for that. */
  async #settled(taskId: string): Promise<Task> {
    const {system, limitMs} = this.#options
    const folder = join(system.tasksFolder, taskId)
    const exists = (name: string) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      )
    return until(
      `run ${taskId} has ended with all that belongs to it`,
      async () => {
        const task = await system.api.task(taskId)
        const isOver = isTerminal(task.status) && task.sealed_at !== null
        const isLeft = !(await exists('spec.json')) || (await exists('done.json'))
        return isOver && isLeft && !(await exists('worker.lock')) && task
      },
      limitMs,
    )
  }

  async #compare(entry: LedgerEntry, task: Task, readers: ReaderRecord[]): Promise<void> {
    const {system, events, findings, limitMs, complain, say} = this.#options
    const script = writeScript(entry.script)
    const stored = await readStored(system, task.id)
    const told = await events.finish(task.id, stored.length, limitMs)
    const expected = expectedOf(stored)
    const [journal, diary, comments] = [
      await readJournal(system, task.id),
      await readDiary(system, task.id),
      await system.api.comments(entry.issueId),
    ]
    const violations = [
      ...compareJournal(task, stored, journal),
      ...compareScript(task, stored, script),
      ...checkEnd(task, script, diary, entry.harm),
      ...checkComments(task, script, comments, told.lost),
      ...checkEvents(task, told),
      ...(await leftovers(system, task)),
      ...[...readers, told].flatMap((reader) =>
        [...compareReader(task, expected, reader)].map((text) => `${reader.name}: ${text}`),
      ),
    ]
    const end = task.status === 'failed' ? (task.end_reason ?? 'failed') : task.status
    findings.tasks++
    findings.messages += stored.length
    findings.readers += readers.length
    findings.ends[end] = (findings.ends[end] ?? 0) + 1
    if (told.lost > 0 && task.end_reason !== 'lost') findings.revived++
    for (const {got, connections} of [...readers, told]) {
      findings.deliveries += got.length
      findings.connections += connections
    }
    const name = `task ${task.id} (script ${entry.script.seed}, attempt ${task.attempt})`
    for (const text of violations) complain(`${name}: ${text}`)
    say(`${name} ${end}: ${stored.length} messages, script ${hashOf(script)}`)
    await truncate(join(system.tasksFolder, task.id, 'journal.ndjson')).catch(() => {})
  }
}

async function readStored(system: ChaosSystem, taskId: string): Promise<TaskMessage[]> {
  return until(
    `the messages of ${taskId} can be read`,
    async () => {
      const signal = AbortSignal.timeout(READ_LIMIT_MS)
      try {
        const asked = fetch(`${system.directUrl}/api/tasks/${taskId}/messages`, {
          headers: {authorization: `Bearer ${system.token}`, accept: 'application/x-ndjson'},
          signal,
        })
        const response = await untilAborted(asked, signal)
        return response.ok ? parseLines(await untilAborted(response.text(), signal)) : undefined
      } catch {
        // The server is away at the moment.
        return undefined
      }
    },
    300_000,
  ) as Promise<TaskMessage[]>
}

/** A run that was cancelled before it began has none. */
async function readJournal(system: ChaosSystem, taskId: string): Promise<TaskMessage[]> {
  const path = join(system.tasksFolder, taskId, 'journal.ndjson')
  const lines = parseLines<{m?: TaskMessage}>(await readFile(path, 'utf8').catch(() => ''))
  return lines.flatMap(({m}) => (m ? [m] : []))
}

async function readDiary(system: ChaosSystem, taskId: string): Promise<Diary | undefined> {
  const path = join(system.scriptsFolder, `${taskId}.diary.json`)
  return readFile(path, 'utf8').then(JSON.parse, () => undefined)
}

const parseLines = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T)

/** A second worker that comes when the first has just ended needs a moment to see that. */
async function leftovers(system: ChaosSystem, task: Task): Promise<string[]> {
  const end = performance.now() + LEAVING_MS
  for (;;) {
    const left = await findLeft(system, task)
    if (left.length === 0 || performance.now() > end) return left
    await sleep(500)
  }
}

/** Nothing of a run stays but its transcript and its work folder. */
async function findLeft(system: ChaosSystem, task: Task): Promise<string[]> {
  const pids = await findProcesses(`MULTICA_TASK_ID=${task.id}`)
  const root = join(system.home, 'multica_workspaces', task.workspace_id, task.id)
  const temporary = await readdir(join(root, 'tmp')).catch(() => [])
  const state = await readdir(join(system.tasksFolder, task.id)).catch(() => [])
  return [
    ...pids.map((pid) => `process ${pid} of its agent lives on`),
    ...temporary.map((name) => `the temporary file ${name} is left`),
    ...state
      .filter((name) => /\.(new|tmp|part|lock|claim)$/.test(name))
      .map((name) => `${name} is left`),
  ]
}
