import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, openSync} from 'node:fs'
import {test} from 'node:test'

const LOG = new URL('../src/log.js', import.meta.url).href

test('a log that cannot be written ends nobody', {skip: !existsSync('/dev/full')}, () => {
  const program = `
    import {createLog} from ${JSON.stringify(LOG)}
    const log = createLog('info')
    for (let n = 0; n < 3; n++) {
      log.info({event: 'something'})
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    console.log('still here')`
  const {status, stdout} = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
    encoding: 'utf8',
  })
  assert.deepEqual([status, stdout], [0, 'still here\n'])
})
