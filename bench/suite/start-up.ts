import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import type {Benchmark} from '../support/benchmark.js'
import {interleave} from '../support/interleave.js'

const COMMAND = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

/** What every command costs before it does anything. */
export const startUp: Benchmark = {
  name: 'start-up',
  title: 'Start of the command line',
  method: 'Wall time of a whole process, one at a time, against `node -e 0`.',
  async run({quick}) {
    const slots = {
      bare: async () => run('-e', '0'),
      version: async () => run(COMMAND, '--version'),
      help: async () => run(COMMAND, 'task', 'tail', '--help'),
    }
    const result = await interleave(slots, quick ? 10 : 30)
    const row = (name: 'version' | 'help', what: string) => {
      const ratio = result.ratio(name, 'bare')
      return {
        goal: 'P11',
        what,
        figure: ratio.median,
        unit: '×',
        quartiles: ratio.quartiles,
        reference: `${result.of(name).median.toFixed(0)} ms; \`node -e 0\` ${result.of('bare').median.toFixed(0)} ms`,
        target: {max: 2.3},
      }
    }
    return {
      rows: [row('version', '`multica --version`'), row('help', '`multica task tail --help`')],
    }
  },
}

/** @returns milliseconds */
function run(...args: string[]): number {
  const startedAt = performance.now()
  const {status, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'})
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return performance.now() - startedAt
}
