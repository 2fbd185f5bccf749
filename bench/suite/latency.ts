import type {Benchmark, Row} from '../support/benchmark.js'
import {type BenchSystem, withLocalSystem} from '../support/local-system.js'
import {median, quantile} from '../support/statistics.js'
import {LINES} from '../support/talking-agents.js'

/** How soon a run begins, is heard and ends. */
export const latency: Benchmark = {
  name: 'latency',
  title: 'How soon a run begins, is heard and ends',
  method: `A whole system with real processes: issues are assigned to an agent that says ${LINES} lines and to one that waits to be cancelled; a reader follows each run as \`task tail\` does.`,
  run: ({quick}) =>
    withLocalSystem(async (system) => {
      const runs: Heard[] = []
      for (let round = 0; round < (quick ? 4 : 15); round++) runs.push(await listen(system))
      const cancels: number[] = []
      for (let round = 0; round < (quick ? 2 : 5); round++) cancels.push(await cancel(system))
      return {rows: rowsOf(runs, cancels)}
    }),
}

interface Heard {
  /** Issue assigned → agent process begun. */
  begun: number
  /** Agent process begun → its first line here. */
  first: number
  /** A line written → the line here. */
  lines: number[]
}

function rowsOf(runs: readonly Heard[], cancels: readonly number[]): Row[] {
  const lines = runs.flatMap((run) => run.lines)
  const begun = runs.map((run) => run.begun)
  const p99 = (values: readonly number[]) => quantile(values, 0.99)
  return [
    {
      goal: 'P9',
      what: 'agent writes a line → the line at a reader, p99',
      figure: p99(lines),
      unit: 'ms',
      reference: `p50 ${median(lines).toFixed(0)} ms, ${lines.length} lines; the original polls every 500 ms`,
      target: {max: 50},
    },
    {
      goal: 'P10',
      what: 'issue assigned → agent process begun, p50',
      figure: median(begun),
      unit: 'ms',
      reference: `p99 ${p99(begun).toFixed(0)} ms, ${begun.length} runs; two Node processes start in it`,
      target: {max: 500},
    },
    {
      what: 'agent process begun → its first line at a reader, p50',
      figure: median(runs.map((run) => run.first)),
      unit: 'ms',
      reference: 'the agent is a Node program, whose start is most of it',
    },
    {
      goal: 'P14',
      what: 'cancel → whole tree dead and acknowledged, longest',
      figure: Math.max(...cancels),
      unit: 'ms',
      reference: `p50 ${median(cancels).toFixed(0)} ms; the agent obeys SIGTERM`,
      target: {max: 1000},
    },
  ]
}

async function listen(system: BenchSystem): Promise<Heard> {
  const assigned = Date.now()
  const taskId = await system.assign('talker')
  let began = 0
  let first = 0
  const lines: number[] = []
  for await (const event of system.follow(taskId)) {
    const now = performance.timeOrigin + performance.now()
    if (event.event !== 'task:message') continue
    const [word, time] = (event.data.content ?? '').split(' ')
    if (word === 'begun') {
      began = Number(time)
      first = now - began
    } else if (word === 'at') lines.push(now - Number(time))
  }
  if (lines.length !== LINES) throw new Error(`${lines.length} of ${LINES} lines came`)
  return {begun: began - assigned, first, lines}
}

async function cancel(system: BenchSystem): Promise<number> {
  const taskId = await system.assign('obeys')
  let asked = 0
  for await (const event of system.follow(taskId)) {
    if (event.event !== 'task:message' || asked > 0) continue
    asked = performance.now()
    await system.api.cancelTask(taskId)
  }
  return performance.now() - asked
}
