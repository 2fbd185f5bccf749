import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {type AddressInfo, createServer} from 'node:net'
import {test} from 'node:test'
import {packageRoot} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'

test('a command whose connections all vanish does not end as if it had succeeded', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.destroy()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => server.close())
  const {port} = server.address() as AddressInfo
  const args = ['task', 'tail', '4ad5d86e-db47-4955-8592-968dae34eb2e', '--timeout', '3s']
  const child = spawn(process.execPath, [`${packageRoot}bin/run.js`, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: await tempFolder(),
      MULTICA_SERVER_URL: `http://127.0.0.1:${port}`,
      MULTICA_TOKEN: 'mul_none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [code] = await once(child, 'exit')
  assert.notEqual(code, 0)
})
