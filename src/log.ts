import {type DestinationStream, type Logger, type LoggerOptions, pino} from 'pino'

export type Log = Logger

/** Header and body fields that must never reach a log. */
const REDACT = [
  'req.headers.authorization',
  'req.headers.cookie',
  '*.token',
  '*.task_token',
  '*.user_token',
  'token',
]

/**
 * A logger that writes JSON lines.
 * @param level lowest level that is written
 * @param destination where to; standard error by default, because standard output is for data
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options: LoggerOptions = {level, redact: REDACT, base: null}
  return pino(options, destination ?? standardError())
}

/** Lines that wait while nothing takes them. */
const MAX_WAITING_BYTES = 1024 * 1024

/**
 * Written at once: a destination that writes later waits at the end of the process for a full disk to have
 * room, for ever. What cannot be written is tried again with the next line.
 */
function standardError(): DestinationStream {
  const stream = pino.destination({
    dest: 2,
    sync: true,
    maxLength: MAX_WAITING_BYTES,
    retryEAGAIN: () => false,
  })
  stream.on('error', () => undefined)
  return stream
}

/** A logger that writes nothing, for tests and for commands that have not been asked to talk. */
export const silentLog: Log = pino({level: 'silent'})
