import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Config} from '@oclif/core'
import {packageRoot, runCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'

test('the short way to the version says what the long one would', async () => {
  const {userAgent} = await Config.load(packageRoot)
  const home = await tempFolder()
  for (const flag of ['--version', '-v']) {
    const {code, stdout} = await runCli([flag], {home})
    assert.deepEqual([code, stdout], [0, `${userAgent}\n`])
  }
})
