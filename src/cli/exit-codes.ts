import {Errors} from '@oclif/core'
import {ApiError, NetworkError} from '../client/http-client.js'
import {AppError} from '../errors.js'
import type {ErrorCode} from '../protocol/error-body.js'
import type {TaskStatus} from '../protocol/task.js'

/** What a command's exit code says (design §5). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  noAccess: 4,
  notFound: 5,
  unreachable: 6,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const

const OF_CODE: Partial<Record<ErrorCode, number>> = {
  invalid: EXIT.usage,
  unauthorized: EXIT.noAccess,
  forbidden: EXIT.noAccess,
  not_found: EXIT.notFound,
  gone: EXIT.notFound,
}

/** Why a command's signal was aborted, and the exit code that belongs to it. */
export class Interruption extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'Interruption'
    this.exitCode = exitCode
  }
}

/** A wait that ended because its own limit passed. */
export class TimeoutPassed extends Error {
  override readonly name = 'TimeoutPassed'
}

/** Exit code of a command that ended with this error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode
  if (error instanceof TimeoutPassed) return EXIT.timeout
  if (error instanceof NetworkError) return EXIT.unreachable
  // A gateway that answers for a server which is gone.
  if (error instanceof ApiError && [502, 503, 504].includes(error.status)) return EXIT.unreachable
  if (error instanceof AppError) return OF_CODE[error.code] ?? EXIT.failed
  if (error instanceof Errors.CLIError) return error.oclif.exit ?? EXIT.usage
  return EXIT.failed
}

/** Exit code of a command that waited for a run which ended like this. */
export function exitCodeOfResult(status: TaskStatus): number {
  if (status === 'completed') return EXIT.ok
  return status === 'cancelled' ? EXIT.cancelled : EXIT.failed
}
