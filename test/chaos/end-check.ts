import type {Comment} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {EventsRecord} from './events-reader.js'
import type {Harm} from './ledger.js'
import {hashOf, masked, type Script} from './script.js'

/** What the agent itself wrote down when it had said everything; undefined when it never came so far. */
export interface Diary {
  hash: string
  exitCode: number
}

/** What was done to a run and may have ended it so. An agent that was to fail needs nothing more. */
const CAUSES: Readonly<Record<string, readonly Harm[]>> = {
  cancelled: ['cancelled'],
  agent_error: ['agent killed'],
  worker_lost: ['worker killed', 'disk full'],
  worker_error: ['disk full'],
  start_error: ['disk full'],
}

/** A run's end must be what has really happened, told once. */
export function* checkEnd(
  task: Task,
  script: Script,
  diary: Diary | undefined,
  harm: ReadonlySet<Harm>,
): Generator<string> {
  const hash = hashOf(script)
  if (diary && diary.hash !== hash) yield `the agent has said ${diary.hash}, its script is ${hash}`
  if (task.sealed_at === null) yield 'its transcript is not sealed'
  if (task.status === 'completed') {
    if (diary?.exitCode !== 0) yield 'is completed, but its agent has not ended well'
    return
  }
  const end = task.status === 'cancelled' ? 'cancelled' : (task.end_reason ?? '')
  if (end === 'agent_error' && diary?.exitCode === 3) return
  if (!CAUSES[end]?.some((cause) => harm.has(cause))) {
    yield `ended as ${end} without a cause: ${task.error}`
  }
}

/** One comment for each end, and the result as it was said. */
export function* checkComments(
  task: Task,
  script: Script,
  comments: readonly Comment[],
  lost: number,
): Generator<string> {
  const own = comments.filter(
    ({task_id, author_type}) => task_id === task.id && author_type === 'agent',
  )
  const failures = own.filter(({type}) => type === 'system').length
  const results = own.filter(({type}) => type === 'comment')
  const expected = {
    results: task.status === 'completed' ? 1 : 0,
    failures: lost + (task.status === 'failed' ? 1 : 0),
  }
  if (results.length !== expected.results) yield `has ${results.length} comments with a result`
  if (failures !== expected.failures) {
    yield `has ${failures} comments about a failure, not ${expected.failures}`
  }
  const last = script.steps.flatMap((step) => ('say' in step ? [step.say] : [])).at(-1)
  const result = last && 'content' in last ? masked(last.content) : ''
  for (const {content} of results) {
    if (content !== result) yield `its comment is ${JSON.stringify(content.slice(0, 120))}`
  }
}

/** The workspace was told of the end once, and of every time that the run was given up as lost. */
export function* checkEvents(task: Task, events: EventsRecord): Generator<string> {
  if (events.resynced) return
  const {completed, failed, lost} = events
  if (completed !== (task.status === 'completed' ? 1 : 0)) yield `${completed} completed events`
  if (failed !== lost + (task.status === 'failed' ? 1 : 0)) {
    yield `${failed} failed events, ${lost} of them as lost`
  }
}
