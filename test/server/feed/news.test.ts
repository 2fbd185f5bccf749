import assert from 'node:assert/strict'
import {test} from 'node:test'
import {decodeNews, encodeNews, PendingNews} from '../../../server/feed/news.js'

test('news of a task has the number of its last message when there is nothing else', () => {
  for (const news of [['task:a', 7], ['task:a'], ['workspace:b']] as const) {
    assert.deepEqual(decodeNews(encodeNews([...news])), [...news])
  }
})

test('a topic is told once, with the newest number, and news of any kind is not hidden by messages', () => {
  const pending = new PendingNews(2)
  pending.add('task:a', 1)
  pending.add('task:a', 2)
  pending.add('task:b')
  pending.add('task:b', 3)
  pending.add('task:c', 4)
  assert.deepEqual(pending.take(10), [
    ['task:a', 2],
    ['task:b', undefined],
  ])
  assert.equal(pending.size, 0)
})
