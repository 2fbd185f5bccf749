import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {MAX_LIVE_FIELD_BYTES} from '../../src/protocol/limits.js'
import {byteLength, fitForLive, fitForStore, halved} from '../../src/protocol/message-limits.js'
import type {JsonObject} from '../../src/protocol/primitives.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import fc from '../support/properties.js'

const call = (input: JsonObject): TaskMessage => ({seq: 1, type: 'tool_use', tool: 't', input})
const sizeOf = ({input}: TaskMessage): number => byteLength(JSON.stringify(input))

/** Texts of all kinds, long ones too. */
const piece = fc.oneof(
  fc.string({unit: 'binary'}),
  fc.string({unit: 'grapheme-composite'}),
  fc.constantFrom('\u001b', '"', '\\', '\n', '\ud800', '\udc00', '😀', 'ä', 'a'),
)
const text = fc
  .tuple(piece, fc.oneof(fc.constant(1), fc.nat(6000)))
  .map(([one, times]) => one.repeat(Math.min(times, Math.ceil(30_000 / Math.max(1, one.length)))))
const value = fc.oneof(text, fc.jsonValue({maxDepth: 3}), fc.array(text, {maxLength: 3}))
const input: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(fc.oneof(piece, text, fc.constant('__proto__')), value), {maxLength: 12})
  .map((entries) => Object.fromEntries(entries))

describe('the input of a call', () => {
  it('goes out with at most 8 KiB as it is sent, and says when it was cut', () => {
    fc.assert(
      fc.property(input, (given) => {
        const message = call(given)
        const live = fitForLive(message)
        const bytes = sizeOf(message)
        assert.ok(sizeOf(live) <= MAX_LIVE_FIELD_BYTES)
        if (bytes <= MAX_LIVE_FIELD_BYTES) assert.equal(live, message)
        else assert.deepEqual([live.truncated, live.bytes_total], [true, bytes])
        assert.equal(fitForLive(live), live, 'a second cut changes nothing')
      }),
    )
  })

  it('keeps names and values from their beginning', () => {
    fc.assert(
      fc.property(input, (given) => {
        const names = Object.keys(given)
        for (const [name, kept] of Object.entries(fitForLive(call(given)).input ?? {})) {
          const sources = names.filter((whole) => whole.startsWith(name))
          assert.ok(
            sources.some((whole) => {
              const source = given[whole]
              const said = typeof source === 'string' ? source : JSON.stringify(source)
              return kept === source || (typeof kept === 'string' && said.startsWith(kept))
            }),
          )
        }
      }),
    )
  })

  it('is cut by what is sent: escapes and names count', () => {
    for (const given of [
      {command: '\u001b'.repeat(4000)},
      {['k'.repeat(100_000)]: 1},
      {['\u001b'.repeat(100_000)]: 'v'.repeat(100_000)},
      Object.fromEntries(Array.from({length: 5000}, (_, n) => [`key ${n}`, `value ${n}`])),
    ]) {
      const size = sizeOf(fitForLive(call(given)))
      assert.ok(size <= MAX_LIVE_FIELD_BYTES && size > 2000, `${size}`)
    }
  })

  it('keeps short fields whole beside long ones, and gives these what is left', () => {
    const given = {content: 'x'.repeat(50_000), path: '/short', old: 'y'.repeat(1000), all: true}
    const {input: kept = {}} = fitForLive(call(given))
    const {path, old, all} = given
    assert.deepEqual({path: kept.path, old: kept.old, all: kept.all}, {path, old, all})
    assert.ok(String(kept.content).length > 6500)
    assert.deepEqual(Object.keys(kept), Object.keys(given))
  })

  it('is stored whole up to 1 MiB, and halved for a narrow way', () => {
    const message = call({command: '\u001b'.repeat(150_000)})
    assert.equal(fitForStore(message), message)
    const half = halved(message) as TaskMessage
    assert.ok(sizeOf(half) <= sizeOf(message) / 2 && sizeOf(half) > sizeOf(message) / 3)
    assert.equal(half.truncated, true)
  })
})
