import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import {
  addMessages,
  emptyTranscript,
  gapAfter,
  shownMessages,
  type Transcript,
} from '../../templates/state/transcript.js'
import fc from '../support/properties.js'

const message = (seq: number): StoredTaskMessage => ({
  seq,
  type: 'text',
  content: `word ${seq}`,
  task_id: 'task',
  issue_id: null,
})

const seqs = (messages: readonly StoredTaskMessage[]): number[] => messages.map(({seq}) => seq)
const upTo = (count: number): number[] => Array.from({length: count}, (_, index) => index + 1)

describe('transcript', () => {
  it('is the same list for every order, split and repetition of deliveries (fault A7)', () => {
    const deliveries = fc
      .integer({min: 1, max: 60})
      .chain((count) =>
        fc
          .tuple(
            fc.constant(count),
            fc.shuffledSubarray(upTo(count), {minLength: count}),
            fc.array(fc.integer({min: 1, max: count}), {maxLength: 60}),
            fc.array(fc.integer({min: 1, max: 9}), {minLength: 1, maxLength: 20}),
          )
          .map(([total, order, repeats, sizes]) => ({total, all: [...repeats, ...order], sizes})),
      )
    fc.assert(
      fc.property(deliveries, ({total, all, sizes}) => {
        let transcript = emptyTranscript()
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          transcript = addMessages(transcript, all.slice(at, at + size).map(message))
          at += size
        }
        assert.deepEqual(seqs(transcript.messages), upTo(total))
        assert.deepEqual(seqs(shownMessages(transcript)), upTo(total))
        assert.equal(gapAfter(transcript), undefined)
      }),
    )
  })

  it('shows nothing behind a gap and says where the gap is', () => {
    const transcript = addMessages(emptyTranscript(), [1, 2, 5, 6].map(message))
    assert.deepEqual(seqs(shownMessages(transcript)), [1, 2])
    assert.equal(gapAfter(transcript), 2)
    const filled = addMessages(transcript, [3, 4].map(message))
    assert.deepEqual(seqs(shownMessages(filled)), [1, 2, 3, 4, 5, 6])
    assert.equal(gapAfter(filled), undefined)
  })

  it('shows nothing as long as its first message is missing', () => {
    const transcript = addMessages(emptyTranscript(), [message(2)])
    assert.deepEqual(shownMessages(transcript), [])
    assert.equal(gapAfter(transcript), 0)
  })

  it('begins where the page began, and grows upwards without a hole', () => {
    const page: Transcript = {from: 10, messages: [10, 11].map(message)}
    const replayed = addMessages(page, [3, 4, 12].map(message))
    assert.deepEqual(seqs(shownMessages(replayed)), [10, 11, 12])
    const earlier = addMessages(replayed, [5, 6, 7, 8, 9].map(message))
    assert.deepEqual(seqs(shownMessages(earlier)), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('is the same object when nothing is new, so that nothing is drawn again', () => {
    const transcript = addMessages(emptyTranscript(), [1, 2].map(message))
    assert.equal(addMessages(transcript, [2, 1].map(message)), transcript)
    assert.equal(addMessages(transcript, []), transcript)
  })
})
