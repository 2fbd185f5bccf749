import {createServer} from 'node:net'

/**
 * The port that is free on `host`: the wanted one, or any other if it is taken.
 * @returns the port and whether it is the wanted one
 */
export async function freePort(
  host: string,
  wanted: number,
): Promise<{port: number; wanted: boolean}> {
  const port = await tryPort(host, wanted).catch(() => undefined)
  return port === undefined ? {port: await tryPort(host, 0), wanted: false} : {port, wanted: true}
}

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({host, port, exclusive: true}, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
