import fc from '../support/properties.js'

/** A text with a secret in it, and what must not be seen of it. */
export interface SecretSample {
  kind: string
  text: string
  secret: string
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const WORD = UPPER + LOWER + DIGITS
const HEX = '0123456789abcdef'

/** A string over an alphabet, of a fixed length or of one between two limits. */
export const letters = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max})

const after = (kind: string, prefix: string, rest: fc.Arbitrary<string>) =>
  rest.map((text) => ({kind, text: prefix + text, secret: prefix + text}))

const inside = (kind: string, around: (secret: string) => string, secret: fc.Arbitrary<string>) =>
  secret.map((text) => ({kind, text: around(text), secret: text}))

/** Like what a generator of passwords makes: never a word of a sentence, since it has a digit. */
const password = fc
  .tuple(letters(`${WORD}!#%^*-_=+~.`, 5, 20), letters(DIGITS, 2), letters(WORD, 3))
  .map((parts) => parts.join(''))
const plainPassword = fc
  .tuple(letters(WORD, 6, 20), letters(DIGITS, 2), letters(WORD, 3))
  .map((parts) => parts.join(''))

const wrap = (text: string): string => text.replace(/.{64}/g, '$&\n')

/** A private key of up to 20 KB, twice as long as what a reader would like to hold back. */
export const pem: fc.Arbitrary<SecretSample> = fc
  .tuple(
    fc.constantFrom('RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ', ''),
    fc.oneof(
      fc.uint8Array({minLength: 150, maxLength: 1200}),
      fc.uint8Array({minLength: 8000, maxLength: 15_000, size: 'max'}),
    ),
  )
  .map(([type, bytes]) => {
    const body = wrap(Buffer.from(bytes).toString('base64'))
    const text = `-----BEGIN ${type}PRIVATE KEY-----\n${body}\n-----END ${type}PRIVATE KEY-----`
    return {kind: 'pem', text, secret: body}
  })

const jwt = fc
  .tuple(letters(LOWER, 3, 20), letters(`${WORD}-_`, 20, 60))
  .map(([user, signature]) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({alg: 'HS256', typ: 'JWT'})}.${part({sub: user, exp: 1_900_000_000})}.${signature}`
    return {kind: 'jwt', text, secret: text}
  })

/** Secrets that say what they are in their first letters. */
const prefixed: fc.Arbitrary<SecretSample>[] = [
  after('multica', 'mul_', letters(HEX, 40)),
  after('multica-task', 'mult_', letters(HEX, 40)),
  after('aws', 'AKIA', letters(`${UPPER}234567`, 16)),
  after('aws-session', 'ASIA', letters(`${UPPER}234567`, 16)),
  after('github', 'ghp_', letters(WORD, 36)),
  after('github-app', 'ghs_', letters(WORD, 36)),
  after('github-fine', 'github_pat_', letters(`${WORD}_`, 82)),
  after('gitlab', 'glpat-', letters(`${WORD}-_`, 20)),
  after('slack', 'xoxb-', letters(`${WORD}-`, 30, 60)),
  after('slack-app', 'xapp-1-', letters(`${WORD}-`, 30, 60)),
  after('openai', 'sk-proj-', letters(`${WORD}-_`, 40, 150)),
  after('openai-old', 'sk-', letters(WORD, 48)),
  after('anthropic', 'sk-ant-api03-', letters(`${WORD}-_`, 80, 95)),
  after('stripe', 'sk_live_', letters(WORD, 24, 90)),
  after('stripe-hook', 'whsec_', letters(WORD, 32)),
  after('npm', 'npm_', letters(WORD, 36)),
  after('google', 'AIza', letters(`${WORD}-_`, 35)),
  after('huggingface', 'hf_', letters(WORD, 34)),
]

/** Secrets that only what stands around them gives away. */
const named: fc.Arbitrary<SecretSample>[] = [
  inside('url-password', (secret) => `redis://:${secret}@cache.internal:6379/0`, password),
  inside('url-user', (secret) => `git clone https://u:${secret}@git.example.org/a.git`, password),
  inside('bearer', (secret) => `Authorization: Bearer ${secret}`, letters(`${WORD}-_.`, 24, 80)),
  inside('curl', (secret) => `curl -H 'Authorization: Bearer ${secret}' http://x`, plainPassword),
  inside('basic', (secret) => `authorization: basic ${secret}`, letters(WORD, 16, 40)),
  inside('json', (secret) => `{"user": "ada", "password": "${secret}"}`, password),
  inside('json-short', (secret) => `{"password":${secret}}`, fc.constant('"x"')),
  inside(
    'json-words',
    (secret) => `{"passphrase": "${secret}"}`,
    fc.constant('correct horse battery staple'),
  ),
  inside('json-dollar', (secret) => `{"password": "${secret}"}`, fc.constant('p@$$w0(rd)<1>')),
  inside('header', (secret) => `x-api-key: ${secret}`, plainPassword),
  inside('json-key', (secret) => `{"api_key" : "${secret}"}`, plainPassword),
  inside(
    'json-in-json',
    (secret) => `{"body":"{\\"client_secret\\":\\"${secret}\\"}"}`,
    plainPassword,
  ),
  inside(
    'env-file',
    (secret) => `DB_PASSWORD=${secret}`,
    password.filter((text) => !/[#!]/.test(text)),
  ),
  inside('export', (secret) => `export GH_TOKEN=${secret}`, plainPassword),
  inside('env-quoted', (secret) => `API_KEY="${secret}"`, plainPassword),
  inside('aws-secret', (secret) => `aws_secret_access_key = ${secret}`, letters(`${WORD}/+`, 40)),
  inside('yaml', (secret) => `  password: '${secret}'`, plainPassword),
]

/** Any known kind of secret. */
export const secretSample: fc.Arbitrary<SecretSample> = fc.oneof(...prefixed, ...named, jwt, pem)

/** What somebody who knows this part of a secret could use. */
const TELLING = 16

/** @returns a part of the secret that stands in the text, if there is one */
export function leakOf({secret}: {secret: string}, shown: string): string | undefined {
  const size = Math.min(TELLING, secret.length)
  for (let at = 0; at + size <= secret.length; at++) {
    const part = secret.slice(at, at + size)
    if (shown.includes(part)) return part
  }
  return undefined
}

/** Cuts a text into pieces of random sizes. */
export const borders: fc.Arbitrary<(text: string) => string[]> = fc
  .array(fc.integer({min: 1, max: 40}), {minLength: 1, maxLength: 12})
  .map((sizes) => (text) => {
    const found: string[] = []
    for (let at = 0, turn = 0; at < text.length; turn++) {
      const size = sizes[turn % sizes.length] as number
      found.push(text.slice(at, at + size))
      at += size
    }
    return found
  })
