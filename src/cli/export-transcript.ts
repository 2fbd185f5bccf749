import {once} from 'node:events'
import {createWriteStream} from 'node:fs'
import {rename, rm} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import type {Writable} from 'node:stream'
import {Readable} from 'node:stream'
import type {HttpClient} from '../client/http-client.js'
import {isTransient, retry} from '../client/retry.js'

/** How long a server may be away before an export gives up. */
const OUTAGE_MS = 60_000

export interface ExportOptions {
  /** Written beside it first; undefined: standard output. */
  file: string | undefined
  signal: AbortSignal
}

/**
 * Copies a transcript line by line, with bounded memory, over as many connections as it takes
 * (stream §4).
 * @returns the number of messages
 * @throws ApiError, NetworkError after a minute without the server
 */
export async function exportTranscript(
  client: HttpClient,
  taskId: string,
  {file, signal}: ExportOptions,
): Promise<number> {
  const draft = file && `${file}.${process.pid}.part`
  const out: Writable = draft ? createWriteStream(draft, {mode: 0o600}) : process.stdout
  try {
    const count = await copy(client, taskId, out, signal)
    if (draft && file) {
      out.end()
      await once(out, 'close')
      await rename(draft, file)
    }
    return count
  } catch (error) {
    if (draft) await rm(draft, {force: true})
    throw error
  }
}

async function copy(
  client: HttpClient,
  taskId: string,
  out: Writable,
  signal: AbortSignal,
): Promise<number> {
  let last = 0
  const path = `/api/tasks/${encodeURIComponent(taskId)}/messages`
  const connect = async () => {
    const response = await client.open(path, {
      query: {since: last, format: 'ndjson'},
      headers: {accept: 'application/x-ndjson'},
      signal,
    })
    if (!response.body) return
    const lines = createInterface({input: Readable.fromWeb(response.body as never)})
    for await (const line of lines) {
      const {seq} = parse(line)
      // The last line of a connection that broke is not whole.
      if (seq !== last + 1) throw new CutShort()
      await write(out, `${line}\n`, signal)
      last = seq
    }
  }
  await retry(connect, {
    signal,
    deadlineMs: OUTAGE_MS,
    isFinal: (error) => !isTransient(error) && !(error instanceof CutShort) && !isCut(error),
  })
  return last
}

class CutShort extends Error {}

const isCut = (error: unknown): boolean =>
  error instanceof TypeError || (error as {code?: string}).code === 'UND_ERR_SOCKET'

function parse(line: string): {seq: number} {
  try {
    return JSON.parse(line)
  } catch {
    throw new CutShort()
  }
}

async function write(out: Writable, text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!out.write(text)) await once(out, 'drain', {signal})
}
