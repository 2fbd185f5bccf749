import {beginStream, drained, listenOn} from './listen.js'
import {openRawSqlite} from './raw-sqlite.js'
import type {Reference} from './reference.js'

const FIRST_PAGE = 500
const PAGE = 1000

interface Row {
  seq: number
  payload: string
}

/** Streams the rows of the product's own file, read in pages with bare `sqlite3`; no checks, no ids of tasks. */
export async function startRawCatchUp(database: string): Promise<Reference> {
  const sqlite = await openRawSqlite(database, 1)
  const server = await listenOn(async (req, res) => {
    const [taskId = '', since = '0'] = (req.url ?? '').slice(1).split('?since=')
    beginStream(res)
    for (let cursor = Number(since); !res.destroyed; ) {
      const rows = await sqlite.rows<Row>(
        'SELECT seq, payload FROM task_message WHERE task_id = ? AND seq > ? ORDER BY seq LIMIT ?',
        [taskId, cursor, cursor === 0 ? FIRST_PAGE : PAGE],
      )
      cursor = rows.at(-1)?.seq ?? 0
      if (cursor === 0) break
      const frames = rows.map(
        ({seq, payload}) => `id: ${seq}\nevent: task:message\ndata: ${payload}\n\n`,
      )
      if (!res.write(frames.join(''))) await drained(res)
    }
    res.end()
  })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await sqlite.close()
    },
  }
}
