import assert from 'node:assert/strict'
import {test} from 'node:test'
import {parseAge, parseSize} from '../../src/settings/amounts.js'

const DAY = 86_400_000

test('reads ages in days and weeks, and durations', () => {
  const cases: [string, number][] = [
    ['14d', 14 * DAY],
    ['2w', 14 * DAY],
    ['365d', 365 * DAY],
    ['36h', 1.5 * DAY],
  ]
  for (const [text, ms] of cases) assert.equal(parseAge(text, '--x'), ms, text)
  for (const text of ['', '0d', '-3d', 'soon', '1.5d']) {
    assert.throws(() => parseAge(text, '--x'), /--x: /, text)
  }
})

test('reads sizes in steps of 1024', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['512', 512],
    ['1k', 1024],
    ['20GiB', 20 * 1024 ** 3],
    ['1.5 MB', 1.5 * 1024 ** 2],
    ['2T', 2 * 1024 ** 4],
  ]
  for (const [text, bytes] of cases) assert.equal(parseSize(text, '--x'), bytes, text)
  for (const text of ['', '-1', 'much', '1 XB']) {
    assert.throws(() => parseSize(text, '--x'), /write it like 20GiB or 500M/, text)
  }
})
