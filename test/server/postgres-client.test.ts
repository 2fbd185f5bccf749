import assert from 'node:assert/strict'
import {type AddressInfo, createServer} from 'node:net'
import {test} from 'node:test'
import {openDatabase} from '../../server/database.js'
import {silentLog} from '../../src/log.js'

/** A message of the Postgres protocol. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

const WELCOME = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]
const FAREWELL = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

test('a Postgres that ends a connection in the moment in which it stands ends no server', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat([...WELCOME, FAREWELL])))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => server.close())
  const {port} = server.address() as AddressInfo
  const url = `postgres://postgres:password@127.0.0.1:${port}/any`
  await assert.rejects(openDatabase({url, log: silentLog}))
})
