import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {test} from 'node:test'
import {startServer} from '../../../server/server.js'
import {silentLog} from '../../../src/log.js'
import {caller} from '../../support/call.js'
import {tempFolder} from '../../support/temp-folder.js'

test('pages of the public address may write, by whatever name a proxy asks for the server (fault K6)', async () => {
  const dataDir = await tempFolder()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    publicUrl: 'http://multica.example',
    log: silentLog,
  })
  try {
    const local = `http://127.0.0.1:${server.port}`
    const token = await server.createOwnerToken('test')
    const signIn = await caller(local, undefined)('POST', '/auth/session', {body: {token}})
    assert.equal(signIn.status, 200)
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    // Over plain http a browser tells nothing but the origin.
    const write = (origin: string) =>
      fetch(`${local}/api/sign-in-links`, {method: 'POST', headers: {cookie, origin}})
    assert.equal((await write('http://multica.example')).status, 201)
    assert.equal((await write('http://evil.example')).status, 403)
  } finally {
    await server.stop()
    await rm(dataDir, {recursive: true, force: true})
  }
})
