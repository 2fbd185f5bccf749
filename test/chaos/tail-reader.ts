import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {packageRoot} from '../support/run-cli.js'
import {complain, newRecord, type ReaderRecord, take} from './reader-record.js'

const EXIT_CODES: Readonly<Record<string, number>> = {completed: 0, failed: 1, cancelled: 3}

export interface TailOptions {
  home: string
  url: string
  token: string
  /** All that run now, for those who freeze one. */
  running: Set<ChildProcess>
}

/** Follows a task with the real `task tail --json`, line by line. */
export async function tail(taskId: string, options: TailOptions): Promise<ReaderRecord> {
  const {home, url, token, running} = options
  const record = newRecord('task tail', taskId)
  record.connections = 1
  const child = spawn(
    process.execPath,
    [`${packageRoot}bin/run.js`, 'task', 'tail', taskId, '--json'],
    {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        TMPDIR: join(home, 'tmp'),
        MULTICA_SERVER_URL: url,
        MULTICA_TOKEN: token,
      },
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  running.add(child)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-500)
  })
  const exited = once(child, 'exit')
  let result: {status?: string; sealed?: boolean} = {}
  for await (const line of createInterface({input: child.stdout, crlfDelay: Infinity})) {
    const parsed = JSON.parse(line)
    if (parsed.type === 'result' && parsed.seq === undefined) result = parsed
    else take(record, parsed)
  }
  const [code] = await exited
  running.delete(child)
  record.wasLost = result.sealed === false
  if (!record.wasLost) record.end = result.status
  if (code !== EXIT_CODES[String(result.status)]) {
    complain(record, `exit code ${code}, result ${JSON.stringify(result)}: ${stderr}`)
  }
  return record
}
