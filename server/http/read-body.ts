import type {IncomingMessage} from 'node:http'
import type {Readable} from 'node:stream'
import {createGunzip} from 'node:zlib'
import {AppError} from '../../src/errors.js'

/**
 * Reads a JSON body, plain or gzip. The limit holds for the decompressed bytes while they are read,
 * so neither a large body nor a small one that unpacks to a large one costs memory (fault I11).
 * A refused request is left open: its sender must get the answer, not a cut connection.
 * @throws AppError 413 naming the limit, 400 for a body that is no JSON
 */
export async function readJsonBody(req: IncomingMessage, limit: number): Promise<unknown> {
  if (Number(req.headers['content-length']) > limit) throw tooLarge(limit)
  const encoding = req.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new AppError('invalid', `content encoding ${encoding} is not supported; use gzip`)
  }
  const bytes = await collect(req, encoding === 'gzip' ? req.pipe(createGunzip()) : req, limit)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw unreadable(error)
  }
}

/** All bytes of `source`, which is the request or what unpacks it. */
function collect(req: IncomingMessage, source: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const refuse = (error: AppError) => {
      req.unpipe()
      source.off('data', take)
      if (source !== req) source.destroy()
      chunks.length = 0
      reject(error)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) refuse(tooLarge(limit))
      else chunks.push(chunk)
    }
    source.on('data', take)
    source.once('end', () => resolve(Buffer.concat(chunks)))
    source.on('error', (error) => refuse(unreadable(error)))
    req.once('close', () => {
      if (!req.complete) refuse(unreadable(new Error('the request was cut')))
    })
  })
}

const unreadable = (cause: unknown) => new AppError('invalid', 'invalid request body', {cause})
const tooLarge = (limit: number) =>
  new AppError('too_large', `the body is larger than ${limit} bytes`, {details: {limit}})
