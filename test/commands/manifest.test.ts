import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {describe, it} from 'node:test'
import {Plugin, settings} from '@oclif/core'
import {packageRoot} from '../support/run-cli.js'

describe('oclif.manifest.json', () => {
  it('says what the commands say (npm run build makes it anew)', async () => {
    settings.enableAutoTranspile = false
    const plugin = new Plugin({
      root: packageRoot,
      isRoot: true,
      ignoreManifest: true,
      respectNoCacheDefault: true,
    })
    await plugin.load()
    const manifest = JSON.parse(await readFile(`${packageRoot}oclif.manifest.json`, 'utf8'))
    assert.deepEqual(JSON.parse(JSON.stringify(plugin.manifest)), manifest)
  })

  it('has a description and an example for every command', async () => {
    const {commands} = JSON.parse(await readFile(`${packageRoot}oclif.manifest.json`, 'utf8'))
    type Entry = {
      id: string
      hidden: boolean
      summary?: string
      description?: string
      examples?: unknown[]
    }
    const poor = (Object.values(commands) as Entry[])
      .filter(({hidden}) => !hidden)
      .filter(({summary, description, examples}) => !(summary || description) || !examples?.length)
    assert.deepEqual(
      poor.map(({id}) => id),
      [],
    )
  })
})
