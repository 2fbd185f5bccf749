// The load generator: readers and uploads, in a process and on a core of their own.
import {answerCalls} from '../support/child.js'
import {openPostSocket, type PostSocket, type PostTarget} from './post-socket.js'
import {batchOf, contentOf, framesOf} from './sample-messages.js'
import {openSseSocket, type SseSocket, type SseTarget} from './sse-socket.js'

export interface FanOutSlot {
  group: string
  ms: number
  /** Messages in one write. */
  batch: number
  bytes: number
  /** What the server takes: an upload, or frames that it hands on as they are. */
  body: 'upload' | 'frames'
}

export interface PairSlot {
  group: string
  ms: number
  batch: number
  bytes: number
}

interface Group {
  readers: SseSocket[]
  posts: PostSocket[]
  /** Last seq of each post's task. */
  seqs: number[]
}

const groups = new Map<string, Group>()
const groupOf = (name: string): Group => {
  const group = groups.get(name) ?? {readers: [], posts: [], seqs: []}
  groups.set(name, group)
  return group
}

const calls = {
  /** Opens so many readers of one stream, some at a time. */
  async openReaders({group, count, ...target}: SseTarget & {group: string; count: number}) {
    const {readers} = groupOf(group)
    for (let left = count; left > 0; left -= 50) {
      const some = Array.from({length: Math.min(50, left)}, () => openSseSocket(target))
      readers.push(...(await Promise.all(some)))
    }
  },
  async openPost({group, ...target}: PostTarget & {group: string}) {
    groupOf(group).posts.push(await openPostSocket(target))
    groupOf(group).seqs.push(0)
  },
  close(group: string) {
    const {readers, posts} = groupOf(group)
    for (const socket of [...readers, ...posts]) socket.close()
    groups.delete(group)
  },
  /** One writer, many readers: the next write goes when every reader has the last one. */
  async fanOut({group, ms, batch, bytes, body}: FanOutSlot) {
    const {readers, posts, seqs} = groupOf(group)
    const encode = body === 'upload' ? batchOf : framesOf
    const content = contentOf(bytes)
    const end = performance.now() + ms
    let deliveries = 0
    while (performance.now() < end) {
      const first = (seqs[0] ?? 0) + 1
      const last = first + batch - 1
      await Promise.all([
        posts[0]?.post(encode(first, batch, content)),
        ...readers.map((reader) => reader.reached(last)),
      ])
      seqs[0] = last
      deliveries += batch * readers.length
    }
    return {deliveries}
  },
  /** Many writers, each with a reader of its own: the next batch goes when its reader has the last one. */
  async pairs({group, ms, batch, bytes}: PairSlot) {
    const {readers, posts, seqs} = groupOf(group)
    const content = contentOf(bytes)
    const end = performance.now() + ms
    let requests = 0
    await Promise.all(
      posts.map(async (socket, index) => {
        while (performance.now() < end) {
          const first = (seqs[index] ?? 0) + 1
          const last = first + batch - 1
          await Promise.all([
            socket.post(batchOf(first, batch, content)),
            readers[index]?.reached(last),
          ])
          seqs[index] = last
          requests++
        }
      }),
    )
    return {requests}
  },
  /** Uploads `count` messages, `batch` in a request. @returns milliseconds */
  async fill({
    group,
    count,
    batch,
    bytes,
  }: {
    group: string
    count: number
    batch: number
    bytes: number
  }) {
    const {posts, seqs} = groupOf(group)
    const content = contentOf(bytes)
    const startedAt = performance.now()
    for (let left = count; left > 0; left -= batch) {
      const size = Math.min(batch, left)
      const first = (seqs[0] ?? 0) + 1
      await posts[0]?.post(batchOf(first, size, content))
      seqs[0] = first + size - 1
    }
    return performance.now() - startedAt
  },
  /** Reads a stream until it has brought message `count`. */
  async catchUp({count, ...target}: SseTarget & {count: number}) {
    const startedAt = performance.now()
    const reader = await openSseSocket(target)
    await reader.reached(count)
    const ms = performance.now() - startedAt
    reader.close()
    return {ms, firstMs: reader.firstMessageMs}
  },
}

export type LoadCalls = typeof calls
answerCalls(calls)
