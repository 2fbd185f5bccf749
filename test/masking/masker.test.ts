import assert from 'node:assert/strict'
import {test} from 'node:test'
import {createMasker} from '../../src/masking/masker.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {Transcript} from '../../src/worker/transcript.js'
import fc from '../support/properties.js'
import {leakOf, pem, type SecretSample, secretSample} from './secret-samples.js'

const HEX = '0123456789abcdef0123456789abcdef01234567'
const BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n'
const TASK_VALUE = 'only-this-task-knows'

/** What leaked through the filter of the original (fault H12), and a value that only the task has. */
const SHAPES: Record<string, SecretSample> = {
  'a private key cut before its end': {
    kind: 'pem',
    text: `-----BEGIN RSA PRIVATE KEY-----\n${BODY.repeat(140)}`,
    secret: BODY,
  },
  'a token over two chunks': {
    kind: 'github',
    text: `ghp_${HEX.slice(0, 36)}`,
    secret: HEX.slice(0, 36),
  },
  'JSON members': {kind: 'json', text: '{"password": "x"}', secret: '"x"'},
  'a URL with a password alone': {kind: 'url', text: 'redis://:pw@cache', secret: ':pw@'},
  'a URL with user and password': {kind: 'url', text: 'https://u:p@host/a', secret: ':p@'},
  'session keys of AWS': {kind: 'aws', text: 'ASIAIOSFODNN7EXAMPLE', secret: 'IOSFODNN7EXAMPLE'},
  'tokens of npm': {kind: 'npm', text: `npm_${HEX.slice(0, 36)}`, secret: HEX.slice(0, 36)},
  'our own tokens': {
    kind: 'multica',
    text: `mul_${HEX} and mult_${HEX}`,
    secret: HEX,
  },
  'values of the environment': {kind: 'env', text: `it is ${TASK_VALUE}`, secret: TASK_VALUE},
}

/** Everything that a run with this text in all its fields would keep and send. */
async function transcriptOf(text: string): Promise<TaskMessage[]> {
  const messages: TaskMessage[] = []
  const transcript = new Transcript({
    append: async (message) => void messages.push(message),
    lastSeq: 0,
    masker: createMasker({secrets: [TASK_VALUE]}),
    now: () => new Date(0),
  })
  for (const type of ['text', 'thinking'] as const) {
    for (const letter of text) await transcript.add({type, text: letter, block: type, end: false})
  }
  const input = {command: text, nested: {list: [text, {[text]: text}]}}
  await transcript.add({type: 'tool_use', callId: '1', tool: 'bash', input})
  await transcript.add({type: 'tool_result', callId: '1', output: text, isError: false})
  for (const type of ['status', 'error'] as const) await transcript.add({type, text})
  await transcript.close()
  return messages
}

for (const [name, sample] of Object.entries(SHAPES)) {
  test(`H12: ${name} are seen in no field`, async () => {
    const messages = await transcriptOf(sample.text)
    assert.deepEqual(
      messages.map(({type}) => type),
      ['text', 'thinking', 'tool_use', 'tool_result', 'status', 'error'],
    )
    for (const message of messages) {
      const shown = JSON.stringify(message)
      assert.ok(!shown.includes(sample.secret), shown)
      assert.ok(!shown.includes(JSON.stringify(sample.secret).slice(1, -1)), shown)
      assert.match(shown, /\[masked:/)
    }
  })
}

test('none of 200 secrets of known kinds survives in any field (fault I1)', async () => {
  const samples = fc.sample(secretSample, {numRuns: 200, seed: 42})
  assert.ok(new Set(samples.map(({kind}) => kind)).size > 25)
  for (const sample of samples) {
    for (const message of await transcriptOf(`see ${sample.text} there`)) {
      const shown = JSON.stringify(message)
      assert.equal(leakOf(sample, shown), undefined, `${sample.kind}: ${shown}`)
    }
  }
})

test('a private key is masked as JSON writes it, with numbers of lines and as a diff', () => {
  const {mask} = createMasker()
  const texts = (key: string) => [
    JSON.stringify({private_key: key}),
    key.replace(/^/gm, '    12→'),
    key.replace(/^/gm, '+'),
    key.replace(/\n/g, '\\n'),
    `'${key.split('\n').join("\\n' +\n  '")}'`,
  ]
  fc.assert(
    fc.property(pem, ({text, secret}) => {
      for (const shown of texts(text).map(mask)) {
        for (const line of secret.split('\n')) {
          if (line.length > 20) assert.ok(!shown.includes(line), shown.slice(0, 300))
        }
      }
    }),
    {numRuns: 50},
  )
})

test('a private key on standard error is seen in no line of it', async () => {
  const messages: TaskMessage[] = []
  const transcript = new Transcript({
    append: async (message) => void messages.push(message),
    lastSeq: 0,
    masker: createMasker({secrets: ['first line\nsecond line']}),
    now: () => new Date(0),
  })
  const key = `-----BEGIN PRIVATE KEY-----\n${BODY.repeat(20)}-----END PRIVATE KEY-----`
  const lines = [
    'loading',
    '',
    ...key.split('\n'),
    'first line',
    'second line',
    'first line',
    'end',
  ]
  for (const text of [...lines, 'first line']) await transcript.add({type: 'status', text})
  await transcript.close()
  assert.deepEqual(
    messages.map(({type, content}) => [type, content]),
    [
      ...['loading', '', '[masked:private-key]', '[masked:environment]', 'first line\nend'],
      'first line',
    ].map((content) => ['status', content]),
  )
})

test('the deleted text of a .env file is masked at any depth of an input (fault I2)', () => {
  const {maskJson} = createMasker()
  const deleted = 'APP_NAME=shop\nDB_PASSWORD=hunter2-hunter2\nSTRIPE_SECRET_KEY=zu8Kq3Lm0Pw5Xy7R\n'
  let input: unknown = {old_string: deleted, new_string: ''}
  for (let depth = 0; depth < 20; depth++) input = {edits: [input]}
  const shown = JSON.stringify(maskJson(input))
  assert.doesNotMatch(shown, /hunter2|zu8Kq3Lm0Pw5Xy7R/)
  assert.match(shown, /APP_NAME=shop.*DB_PASSWORD=\[masked/)
})

test('members of tool inputs are masked by their names', () => {
  const {maskJson} = createMasker()
  const input = {
    headers: {Authorization: 'abc', accept: 'x'},
    env: {AWS_SECRET_ACCESS_KEY: 'k', DB_PASSWORD: 'p', API_KEY: 'a', HOME: '/root'},
    access_token: 't',
    password: ['first', 'second'],
    passwords_tried: 3,
    file: 'src/password.ts',
    token: 'name',
  }
  const masked = '[masked:password]'
  assert.deepEqual(maskJson(input), {
    headers: {Authorization: masked, accept: 'x'},
    env: {AWS_SECRET_ACCESS_KEY: masked, DB_PASSWORD: masked, API_KEY: masked, HOME: '/root'},
    access_token: masked,
    password: [masked, masked],
    passwords_tried: 3,
    file: 'src/password.ts',
    token: 'name',
  })
})

test('what stands for a secret is no secret', () => {
  const {mask} = createMasker()
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of a shell
  const texts = [
    '"password": "string"',
    'DB_PASSWORD=$DB_PASSWORD',
    'DB_PASSWORD=${DB_PASSWORD:-x}',
    'API_KEY=<your key>',
    'MY_TOKEN=process.env.MY_TOKEN',
    'TOKEN=$(cat file)',
    'https://user:${PASSWORD}@host',
    'Authorization: Bearer <token>',
    'Authorization: Bearer $TOKEN',
    'const password = z.string().min(8)',
    'password: options.password1',
    '{"token": "[masked:password]"}',
    'a bearer of good news and long stories',
    'http://localhost:3000/a@b',
    '"token": "^1.0.0"',
    '"passwd": "~2.x"',
    '"secret": "^4.0.0-rc.1"',
  ]
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: variables of a shell
  for (const text of texts) assert.equal(mask(text), text)
})

test('a password that begins like a range of versions is a secret', () => {
  const {mask} = createMasker()
  for (const secret of ['^0.AAAAA00AAA', '~1.2.3hunter2', '^12345.1', '^1.0.0-hunter2-hunter2']) {
    assert.equal(mask(`{"password": "${secret}"}`), '{"password": "[masked:password]"}')
  }
})
