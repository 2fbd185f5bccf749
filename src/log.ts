import {type DestinationStream, type Logger, type LoggerOptions, pino} from 'pino'

export type Log = Logger

/** Header and body fields that must never reach a log. */
const REDACT = [
  'req.headers.authorization',
  'req.headers.cookie',
  '*.token',
  '*.task_token',
  'token',
]

/**
 * A logger that writes JSON lines.
 * @param level lowest level that is written
 * @param destination where to; standard error by default, because standard output is for data
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options: LoggerOptions = {level, redact: REDACT, base: null}
  return destination ? pino(options, destination) : pino(options, pino.destination(2))
}

/** A logger that writes nothing, for tests and for commands that have not been asked to talk. */
export const silentLog: Log = pino({level: 'silent'})
