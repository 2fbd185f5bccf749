import {type FileHandle, open, stat} from 'node:fs/promises'
import {StringDecoder} from 'node:string_decoder'
import {Wakeup} from './wakeup.js'

const BLOCK = 64 * 1024
const FOLLOW_MS = 250

/** The last lines of a file, without their line ends, read from its end. */
export async function readLastLines(path: string, count: number): Promise<string[]> {
  const file = await open(path, 'r')
  try {
    const {size} = await file.stat()
    let start = size
    const blocks: Buffer[] = []
    let newlines = 0
    while (start > 0 && newlines <= count) {
      const length = Math.min(BLOCK, start)
      start -= length
      const block = await readBlock(file, start, length)
      blocks.unshift(block)
      newlines += block.filter((byte) => byte === 10).length
    }
    const lines = Buffer.concat(blocks).toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    return count === 0 ? [] : lines.slice(-count)
  } finally {
    await file.close()
  }
}

/** Lines that are added to a file from now on, also after it has been put aside and begun anew. */
export async function* followLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const pause = new Wakeup()
  let at = (await stat(path)).size
  let inode = (await stat(path)).ino
  let decoder = new StringDecoder('utf8')
  let rest = ''
  while (!signal.aborted) {
    const now = await stat(path).catch(() => undefined)
    if (now && (now.ino !== inode || now.size < at)) {
      inode = now.ino
      at = 0
      rest = ''
      decoder = new StringDecoder('utf8')
    }
    if (now && now.size > at) {
      const block = await readAt(path, at, Math.min(BLOCK, now.size - at))
      at += block.length
      const lines = (rest + decoder.write(block)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      continue
    }
    await pause.wait(signal, FOLLOW_MS)
  }
}

async function readAt(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    return await readBlock(file, start, length)
  } finally {
    await file.close()
  }
}

async function readBlock(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, start)
  return buffer.subarray(0, bytesRead)
}
