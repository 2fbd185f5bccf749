import type {IncomingMessage} from 'node:http'
import {pipeline} from 'node:stream/promises'
import {createGunzip} from 'node:zlib'
import {AppError} from '../../src/errors.js'

/**
 * Reads a JSON body, plain or gzip. The limit holds for the decompressed bytes while they are read,
 * so neither a large body nor a small one that unpacks to a large one costs memory (fault I11).
 * @throws AppError 413 naming the limit, 400 for a body that is no JSON
 */
export async function readJsonBody(req: IncomingMessage, limit: number): Promise<unknown> {
  const declared = Number(req.headers['content-length'])
  if (declared > limit) throw tooLarge(limit)
  const encoding = req.headers['content-encoding'] ?? 'identity'
  const chunks: Buffer[] = []
  let size = 0
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length
      if (size > limit) throw tooLarge(limit)
      chunks.push(chunk)
    }
  }
  try {
    if (encoding === 'gzip') await pipeline(req, createGunzip(), collect)
    else if (encoding === 'identity') await collect(req)
    else throw new AppError('invalid', `content encoding ${encoding} is not supported; use gzip`)
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('invalid', 'invalid request body', {cause: error})
  }
}

const tooLarge = (limit: number) =>
  new AppError('too_large', `the body is larger than ${limit} bytes`, {details: {limit}})
