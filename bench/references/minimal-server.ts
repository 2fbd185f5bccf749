import {randomUUID} from 'node:crypto'
import {rm} from 'node:fs/promises'
import type {ServerResponse} from 'node:http'
import {join} from 'node:path'
import {tempFolder} from '../../test/support/temp-folder.js'
import {answerOk, beginStream, listenOn, readBody} from './listen.js'
import {createRawTable, openRawSqlite} from './raw-sqlite.js'
import type {Reference} from './reference.js'

const BATCH = 10

interface Body {
  messages: {seq: number}[]
}

/**
 * `node:http`, one prepared insert a request, one frame a message, one write a reader. No access
 * control, no checks, no masking, no order: the least that gets a message from a writer to a reader.
 */
export async function startMinimalServer(): Promise<Reference> {
  const folder = await tempFolder()
  const file = join(folder, 'minimal.sqlite')
  await createRawTable(file)
  const sqlite = await openRawSqlite(file, BATCH)
  const tasks = new Map<string, {id: string; readers: Set<ServerResponse>}>()
  const server = await listenOn(async (req, res) => {
    const name = req.url ?? ''
    const task = tasks.get(name) ?? {id: randomUUID(), readers: new Set()}
    tasks.set(name, task)
    if (req.method === 'GET') {
      beginStream(res)
      task.readers.add(res)
      return
    }
    const {messages} = JSON.parse((await readBody(req)).toString()) as Body
    const payloads = messages.map((message) => JSON.stringify(message))
    await sqlite.insert(task.id, messages[0]?.seq ?? 0, payloads)
    const frames = payloads.map(
      (payload, index) => `id: ${messages[index]?.seq}\nevent: task:message\ndata: ${payload}\n\n`,
    )
    const bytes = Buffer.from(frames.join(''))
    for (const reader of task.readers) reader.write(bytes)
    answerOk(res)
  })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await sqlite.close()
      await rm(folder, {recursive: true, force: true})
    },
  }
}
