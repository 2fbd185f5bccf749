import assert from 'node:assert/strict'
import {PassThrough, Readable} from 'node:stream'
import {test} from 'node:test'
import {readLines} from '../../src/process-tree/lines.js'
import fc from '../support/properties.js'

async function linesOf(chunks: readonly Buffer[], maxBytes?: number): Promise<string[]> {
  const lines: string[] = []
  const source = Readable.from(chunks, {objectMode: false})
  for await (const line of readLines(source, maxBytes === undefined ? {} : {maxBytes})) {
    lines.push(line)
  }
  return lines
}

const chunks = (...texts: string[]) => texts.map((text) => Buffer.from(text))

test('lines end with a line feed, with or without a carriage return, or with the stream', async () => {
  assert.deepEqual(await linesOf(chunks('a\nb\r\n\n', 'c\r', '\nd\re\n\r\nlast')), [
    ...['a', 'b', '', 'c', 'd\re', '', 'last'],
  ])
  assert.deepEqual(await linesOf([]), [])
  assert.deepEqual(await linesOf(chunks('\n')), [''])
  assert.deepEqual(await linesOf(chunks('end\r\n')), ['end'])
})

test('any text comes out as it went in, wherever the bytes are cut', async () => {
  const line = fc.string({unit: 'binary', maxLength: 30}).filter((text) => !/[\n\r]/.test(text))
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, {minLength: 1}),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.integer({min: 1, max: 9}), {minLength: 1}),
      async (lines, end, sizes) => {
        const bytes = Buffer.from(lines.map((text) => text + end).join(''))
        const cut: Buffer[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] as number
          cut.push(bytes.subarray(at, at + size))
          at += size
        }
        assert.deepEqual(
          await linesOf(cut),
          lines.map((text) => text.toWellFormed()),
        )
      },
    ),
    {numRuns: 300},
  )
})

test('a line of many megabytes is one line (fault A22)', async () => {
  const part = Buffer.alloc(64 * 1024, 'é')
  const [line, next, ...rest] = await linesOf([...Array(200).fill(part), ...chunks('\nnext')])
  assert.equal(line?.length, (200 * part.length) / 2)
  assert.ok(line?.endsWith('éé'))
  assert.deepEqual([next, rest], ['next', []])
})

test('bytes that are no UTF-8 are marked and hide nothing', async () => {
  assert.deepEqual(await linesOf([Buffer.from([97, 0xff, 98, 10, 0xc3])]), ['a\ufffdb', '\ufffd'])
})

test('a line that is too long is cut and marked; its rest is thrown away', async () => {
  const mark = '… [line cut here]'
  assert.deepEqual(await linesOf(chunks('1234567890', 'abc', '\nshort\n', '12345678\n'), 8), [
    `12345678${mark}`,
    'short',
    '12345678',
  ])
  assert.deepEqual(await linesOf(chunks('12345678\r\nnext\n'), 8), ['12345678', 'next'])
  assert.deepEqual(await linesOf(chunks('123456ééé\nx'), 7), [`123456${mark}`, 'x'])
})

test('nobody reads ahead of a slow reader', async () => {
  const source = new PassThrough({highWaterMark: 1024})
  const lines = readLines(source)
  const chunk = Buffer.from(`${'x'.repeat(99)}\n`.repeat(10))
  assert.equal(source.write(chunk), true)
  assert.equal((await lines.next()).value, 'x'.repeat(99))
  let taken = 1
  while (source.write(chunk)) taken++
  assert.ok(taken < 10, `${taken} chunks were taken while nobody read`)
  source.end()
  let count = 1
  for await (const _line of lines) count++
  assert.equal(count, (taken + 1) * 10)
})

test('a stream that fails says so, and one that is closed ends', async () => {
  const read = async (source: PassThrough) => {
    const lines: string[] = []
    for await (const line of readLines(source)) lines.push(line)
    return lines
  }
  const failing = new PassThrough()
  const failed = read(failing)
  failing.destroy(new Error('disk on fire'))
  await assert.rejects(failed, /disk on fire/)
  const closing = new PassThrough()
  const closed = read(closing)
  closing.destroy()
  assert.deepEqual(await closed, [])
})
