import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {test} from 'node:test'

const src = new URL('../../src/', import.meta.url).href
/** As a command does it: settings are read, and what was begun is tidied up before the end. */
const COMMAND = `
  import {setTimeout as sleep} from 'node:timers/promises'
  import {once} from 'node:events'
  import '${src}settings/config-file.js'
  import {listenForInterruption} from '${src}cli/interruption.js'
  const signal = listenForInterruption()
  console.log('ready')
  const alive = setInterval(() => {}, 1000)
  await once(signal, 'abort')
  await sleep(1000)
  console.log('tidied up: ' + signal.reason.message)
  clearInterval(alive)`

for (const [name, reason] of [
  ['SIGTERM', 'terminated'],
  ['SIGINT', 'interrupted'],
] as const) {
  test(`one ${name} lets a command tidy up, a second one ends it at once`, async () => {
    for (const signals of [1, 2]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', COMMAND])
      const closed = once(child, 'close')
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      await once(child.stdout, 'data')
      for (let sent = 0; sent < signals; sent++) {
        child.kill(name)
        // What comes again at once is an echo.
        if (signals > 1) await new Promise((resolve) => setTimeout(resolve, 500))
      }
      await closed
      assert.equal(said, signals === 1 ? `ready\ntidied up: ${reason}\n` : 'ready\n')
    }
  })
}
