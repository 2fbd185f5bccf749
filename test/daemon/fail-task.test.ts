import assert from 'node:assert/strict'
import {mkdir, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {test} from 'node:test'
import {failTask} from '../../src/daemon/fail-task.js'
import {newId} from '../../src/ids.js'
import {silentLog} from '../../src/log.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import {tempFolder} from '../support/temp-folder.js'

test('a lost task is reported to the server that it came from, past what a proxy says (fault B1)', async (t) => {
  const heard: string[] = []
  const start = async (name: string) => {
    const server = createServer((req, res) => {
      heard.push(`${name} ${req.headers.authorization}`)
      // First a proxy whose server is being replaced, then the server.
      if (heard.length === 1) res.writeHead(404).end('404 page not found')
      else res.writeHead(200, {'content-type': 'application/json'}).end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const [here, there] = [await start('here'), await start('there')]
  const task = {id: newId(), task_token: 'mult_1'} as ClaimedTask
  const folder = taskFolder(await tempFolder(), task.id)
  await mkdir(folder.path, {recursive: true})
  await writeFile(folder.spec, JSON.stringify({server_url: there, task}))
  await failTask(
    {serverUrl: here, userToken: 'mul_1'},
    {task, folder, reason: 'worker_lost', error: 'gone'},
    {signal: AbortSignal.timeout(20_000), log: silentLog},
  )
  assert.deepEqual(heard, ['there Bearer mult_1', 'there Bearer mult_1'])
})
