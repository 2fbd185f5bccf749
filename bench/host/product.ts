import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {createLog, silentLog} from '../../src/log.js'
import {tempFolder} from '../../test/support/temp-folder.js'
import {startWorkServer} from '../../test/support/work-server.js'

/** A run that takes messages and has readers. */
export interface Run {
  /** Where its worker uploads. */
  upload: string
  /** Where its readers read. */
  stream: string
  taskId: string
  taskToken: string
}

/** A whole server on an SQLite file of its own. */
export interface Product {
  url: string
  /** Of a person who may read everything. */
  token: string
  /** The database's file. */
  database: string
  newRuns(count: number): Promise<Run[]>
  /** A run that waits in the queue, whose machine is away. @returns where its readers read */
  newWaitingRun(): Promise<string>
  statements(): number
  stop(): Promise<void>
}

export interface ProductOptions {
  /** Costs time at every statement. */
  countStatements: boolean
}

export async function openProduct({countStatements}: ProductOptions): Promise<Product> {
  const folder = await tempFolder()
  const database = join(folder, 'bench.sqlite')
  let statements = 0
  const counting = createLog('trace', {
    write: (line) => {
      if (line.includes('"msg":"sql"')) statements++
    },
  })
  const server = await startWorkServer(
    {dialect: 'sqlite', url: `sqlite:${database}`},
    countStatements ? counting : silentLog,
  )
  await server.owner('PUT', `/api/agents/${server.agentId}`, {
    body: {max_concurrent_tasks: 1000},
  })
  return {
    url: server.url,
    token: server.token,
    database,
    async newRuns(count) {
      const runs: Run[] = []
      for (let made = 0; made < count; made++) {
        const {task, path} = await server.run()
        runs.push({
          upload: `${server.url}${path}/messages`,
          stream: `${server.url}/api/tasks/${task.id}/stream`,
          taskId: task.id,
          taskToken: task.task_token ?? '',
        })
      }
      return runs
    },
    async newWaitingRun() {
      const {body} = await server.assign()
      await server.owner('POST', '/api/daemon/deregister', {
        body: {runtime_ids: [server.runtimeId]},
      })
      return `${server.url}/api/tasks/${body.enqueued_task_id}/stream`
    },
    statements: () => statements,
    async stop() {
      await server.stop()
      await rm(folder, {recursive: true, force: true})
    },
  }
}
