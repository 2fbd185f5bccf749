import assert from 'node:assert/strict'
import {test} from 'node:test'
import {formatDuration, parseDuration} from '../../src/settings/duration.js'
import fc from '../support/properties.js'

test('reads durations as Go writes them', () => {
  const cases: [string, number][] = [
    ['3s', 3000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['2h0m0s', 7_200_000],
    ['1.5s', 1500],
    ['+10s', 10_000],
    ['.5m', 30_000],
    ['250us', 0.25],
  ]
  for (const [text, ms] of cases) assert.equal(parseDuration(text, '--x'), ms, text)
})

test('refuses what is no positive duration, naming the flag', () => {
  for (const text of ['', '3', 's', '3 s', '1h-3m', 'abc', '3x', '0', '0s', '-3s', '600h', '..s']) {
    assert.throws(() => parseDuration(text, '--poll-interval'), /^AppError: --poll-interval/, text)
  }
})

test('writes durations as Go does', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [250, '250ms'],
    [1500, '1.5s'],
    [3_723_000, '1h2m3s'],
    [7_200_000, '2h0m0s'],
    [60_000, '1m0s'],
  ]
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text)
})

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 2_000_000_000}), (ms) => {
      assert.equal(parseDuration(formatDuration(ms), 'x'), ms)
    }),
  )
})
