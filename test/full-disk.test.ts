import assert from 'node:assert/strict'
import {test} from 'node:test'
import {waitForRoom} from '../src/full-disk.js'

const failing = (code: string, times: number) => {
  let calls = 0
  return async () => {
    if (++calls <= times) throw Object.assign(new Error(`${code}: not now`), {code})
    return calls
  }
}

test('what finds no room on the disk is written as soon as there is some', async () => {
  assert.equal(await waitForRoom(failing('ENOSPC', 1)), 2)
  assert.equal(await waitForRoom(failing('EDQUOT', 1)), 2)
})

test('any other fault is told at once', async () => {
  await assert.rejects(waitForRoom(failing('EACCES', 1)), {code: 'EACCES'})
})
