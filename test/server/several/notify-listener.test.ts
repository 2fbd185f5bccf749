import assert from 'node:assert/strict'
import {getEventListeners} from 'node:events'
import {test} from 'node:test'
import {listenOnce} from '../../../server/feed/notify-listener.js'
import {freePort} from '../../support/free-port.js'

test('attempts to listen leave nothing at the signal of the server', async () => {
  const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`
  const life = new AbortController()
  for (let tries = 0; tries < 3; tries++) {
    await assert.rejects(
      listenOnce({url, channel: 'c', onPayload: () => {}}, life.signal, () => {}),
      /ECONNREFUSED/,
    )
    assert.equal(getEventListeners(life.signal, 'abort').length, 0)
  }
})
