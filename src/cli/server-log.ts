import pretty from 'pino-pretty'
import {createLog, type Log} from '../log.js'

/** A log on standard error: lines for people on a terminal, JSON elsewhere. */
export function terminalLog(level: string): Log {
  if (process.stderr.isTTY !== true) return createLog(level)
  return createLog(
    level,
    pretty({destination: 2, sync: true, ignore: 'pid,hostname,req,res,responseTime'}),
  )
}
