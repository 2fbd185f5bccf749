import type {ServerResponse} from 'node:http'
import {answerOk, beginStream, listenOn, readBody} from './listen.js'
import type {Reference} from './reference.js'

/** Every body that is posted goes to every reader as it is: `res.write(Buffer)` and nothing else. */
export function startRawFanOut(): Promise<Reference> {
  const readers = new Set<ServerResponse>()
  return listenOn(async (req, res) => {
    if (req.method === 'GET') {
      beginStream(res)
      readers.add(res)
      res.once('close', () => readers.delete(res))
      return
    }
    const bytes = await readBody(req)
    for (const reader of readers) reader.write(bytes)
    answerOk(res)
  })
}
