import {execa} from 'execa'
import {AppError} from '../../errors.js'

const LIMIT_MS = 60_000

/**
 * Runs a service manager's commands one after another.
 * @throws AppError with the command and its own words
 */
export async function runSteps(steps: readonly string[][], signal: AbortSignal): Promise<void> {
  for (const [program = '', ...args] of steps) {
    const result = await execa(program, args, {
      reject: false,
      stdin: 'ignore',
      timeout: LIMIT_MS,
      cancelSignal: signal,
    })
    signal.throwIfAborted()
    if (!result.failed) continue
    const words = result.stderr?.trim() || result.shortMessage
    throw new AppError('unavailable', `${[program, ...args].join(' ')} failed: ${words}`)
  }
}
