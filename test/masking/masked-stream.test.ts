import assert from 'node:assert/strict'
import {test} from 'node:test'
import {createMasker, type Masker} from '../../src/masking/masker.js'
import fc from '../support/properties.js'
import {borders, leakOf, letters, secretSample} from './secret-samples.js'

/** What a reader sees of a text that comes in pieces. */
function stream(masker: Masker, pieces: readonly string[]): string {
  const open = masker.open()
  return pieces.map((piece) => open.push(piece)).join('') + open.flush()
}

/** Words around a secret, as agents write them. */
const before = fc.constantFrom('', 'The output: ', 'I found it:\n\n', '- ', '`', '> diff\n+', '("')
const behind = fc.constantFrom('', '\n', ' and so on.', '`', '")', ', then', '\nDone.')

test('no secret survives, wherever the text is cut (fault H12)', () => {
  const masker = createMasker()
  fc.assert(
    fc.property(secretSample, before, behind, borders, (sample, head, tail, pieces) => {
      const text = head + sample.text + tail
      const shown = stream(masker, pieces(text))
      assert.equal(leakOf(sample, shown), undefined, `${sample.kind}: ${shown}`)
      assert.ok(shown.startsWith(head) && shown.endsWith(tail.slice(1)), shown)
      assert.equal(shown, masker.mask(text), 'pieces are masked like the whole')
      assert.equal(masker.mask(shown), shown, 'masking twice is masking once')
    }),
    {numRuns: 3000},
  )
})

test('a secret that comes letter by letter is not seen', () => {
  const masker = createMasker()
  fc.assert(
    fc.property(secretSample, (sample) => {
      const shown = stream(masker, [...sample.text])
      assert.equal(leakOf(sample, shown), undefined, `${sample.kind}: ${shown}`)
    }),
    {numRuns: 300},
  )
})

test('literal secrets are found across any border, also as parts of JSON and of URLs', () => {
  const literal = letters('ab\n"é😀 ', 8, 30)
  fc.assert(
    fc.property(literal, literal, borders, (secret, noise, pieces) => {
      const masker = createMasker({secrets: [secret]})
      for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
        const shown = stream(masker, pieces(`${noise}${form}${noise}`))
        assert.ok(!shown.includes(form), shown)
        assert.match(shown, /\[masked:environment\]/)
      }
    }),
    {numRuns: 1000},
  )
})

test('a text without secrets comes out as it went in', () => {
  const words = fc.constantFrom(
    ...['the token is', 'password:', 'risk-management-of-configurations-and-more', 'const key = 1'],
    ...['task-', 'a bearer of news', '=', '://', '-----', '\n', ' ', '.', 'https://host:80/p'],
    ...['é😀', '{"a": "b"}', '-----BEGIN CERTIFICATE-----', 'sk-', 'mul_', 'eyJ', 'secret', '"'],
    ...['12345678:', 'Authorization: Bearer ', 'correct horse ', '42', "'", 'my_token='],
  )
  const masker = createMasker({secrets: ['correct horse battery']})
  fc.assert(
    fc.property(fc.array(words), borders, (parts, pieces) => {
      const text = parts.join('')
      fc.pre(masker.mask(text) === text)
      assert.equal(stream(masker, pieces(text)), text)
    }),
    {numRuns: 3000},
  )
})

test('an ordinary word does not wait for the next one', () => {
  const texts = [
    'I will run the tests',
    'Done.',
    'see src/a.ts',
    'x'.repeat(9000),
    'Grüße 😀',
    'is 42',
  ]
  for (const text of [...texts, 'The token', 'password: ', 'a key = ', 'sk', '"secret": 1']) {
    assert.equal(
      createMasker({secrets: ['zzzzzzzzzz']})
        .open()
        .push(text),
      text,
    )
  }
})

test('what is held back is bounded, whatever comes', () => {
  const masker = createMasker({secrets: ['q'.repeat(500)]})
  for (const wall of ['A', 'key', '=', '://', 'eyJ', 'https://a:', '-', 'token ', 'password: ']) {
    const open = masker.open()
    const text = wall.repeat(100_000 / wall.length)
    const shown = (text.match(/.{1,1000}/gs) ?? []).map((piece) => open.push(piece)).join('')
    assert.ok(shown.length >= text.length - 9500, `${wall}: only ${shown.length} shown`)
  }
})

test('a secret longer than what is held back is masked to its end', () => {
  const masker = createMasker({secrets: [`${'k'.repeat(5000)}${'v'.repeat(8000)}`]})
  const cases = [
    [`before ${'k'.repeat(5000)}${'v'.repeat(8000)} after`, 'before [masked:environment] after'],
    [`sk-ant-${'a1'.repeat(20_000)} after`, 'sk-ant-[masked:anthropic-key] after'],
    [`MY_TOKEN=${'a1'.repeat(20_000)}\nafter`, 'MY_TOKEN=[masked:password]\nafter'],
  ]
  for (const [text = '', wanted] of cases) {
    assert.equal(stream(masker, text.match(/.{1,100}/gs) ?? []), wanted)
  }
})

test('the talk about a key is shown: only the key itself is masked', () => {
  const rest = 'as keys do, so I leave it alone. I go on with the work. '.repeat(500)
  const texts = [`It begins with -----BEGIN RSA PRIVATE KEY----- ${rest}`]
  texts.push(`const BEGIN = '-----BEGIN PRIVATE KEY-----'\nexport function f() {}\n${rest}`)
  texts.push(
    `-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nDas ist der Schlüssel: ${rest}`,
  )
  for (const text of texts) {
    const shown = stream(createMasker(), text.match(/.{1,30}/gs) ?? [])
    assert.equal(shown, createMasker().mask(text))
    assert.match(shown, /\[masked:private-key\]/)
    assert.ok(shown.length > text.length - 100, `${shown.length} of ${text.length} shown`)
    assert.doesNotMatch(shown, /MIIE/)
  }
})
