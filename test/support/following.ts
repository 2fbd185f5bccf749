import {openSse, type SseReader} from './sse-reader.js'
import {texts} from './texts.js'
import {until} from './until.js'
import type {StartedRun} from './work-server.js'

/** Uploads messages first..last in batches of several sizes, as the worker of a run. */
export async function uploadAll(
  {worker, path}: StartedRun,
  first: number,
  last: number,
  word?: string,
): Promise<void> {
  for (let seq = first, size = 1; seq <= last; size = (size * 7) % 43) {
    const to = Math.min(last, seq + size - 1)
    const {status} = await worker('POST', `${path}/messages`, {
      body: {messages: texts(seq, to, word)},
    })
    if (status !== 200) throw new Error(`upload answered ${status}`)
    seq = to + 1
  }
}

export const complete = ({worker, path}: StartedRun, last_seq: number) =>
  worker('POST', `${path}/complete`, {body: {output: 'done', last_seq}})

/**
 * Follows a task to its end over connections that break again and again in the middle.
 * @returns every seq that came, in the order in which it came; `finished` counts the `end` events
 *   and the 204 of a reader whose `end` was cut off
 * @throws {Error} after 1,000 connections
 */
export async function followWithCuts(
  url: string,
  token: string,
  by: 'header' | 'query',
): Promise<{seqs: number[]; finished: number; connections: number}> {
  const seqs: number[] = []
  let finished = 0
  let connections = 0
  let cursor: string | undefined
  while (finished === 0) {
    if (++connections > 1000) throw new Error('the stream did not end')
    const limit = 1 + ((connections * 37) % 90)
    const reader = await openSse(by === 'query' ? `${url}?since=${cursor ?? 0}` : url, {
      token,
      ...(by === 'header' && cursor !== undefined && {headers: {'last-event-id': cursor}}),
      onChunk: (open) => {
        if (open.seqs().length >= limit) open.close()
      },
    })
    await until('the connection is over', () => reader.ended, 30_000)
    seqs.push(...reader.seqs())
    finished += reader.status === 204 ? 1 : reader.named('end').length
    cursor = reader.lastEventId ?? cursor
  }
  return {seqs, finished, connections}
}

export const ended = (reader: SseReader) =>
  until('the stream has ended', () => reader.ended, 30_000)
