/**
 * A shape of secrets. What stands in front (the group `before`) may be seen, the group `secret` may
 * not; both patterns have these groups.
 */
export interface MaskRule {
  kind: string
  /** The whole shape. */
  pattern: RegExp
  /** The shape as far as it has come, at the end of a text that goes on. */
  open: RegExp
  /** False leaves a match alone. */
  accept?: (secret: string) => boolean
}

interface Shape {
  kind: string
  before: string
  /** Characters of the secret, as a class or a group of alternatives. */
  chars: string
  /** The secret when it is more than a number of these characters. */
  secret: string
  after?: string
  flags?: string
  accept?: (secret: string) => boolean
}

function rule({kind, before, chars, secret, after = '', flags = '', accept}: Shape): MaskRule {
  return {
    kind,
    pattern: new RegExp(`(?<before>${before})(?<secret>${secret})${after}`, `g${flags}`),
    open: new RegExp(`(?<before>${before})(?<secret>${chars}*)$`, flags),
    ...(accept && {accept}),
  }
}

/** Names whose value is a secret. */
const NAME =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|credentials?)'
/** The same where no quotes tell a value from a word of a program. */
const SURE_NAME = '(?:password|passwd|passphrase|secret[_-](?:access[_-])?key)'
const VARIABLE =
  '(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|CREDENTIALS?)'

/** A range of versions: packages have names like `token`. */
const VERSION = /^[~^]\d{1,4}(?:\.(?:\d{1,4}|[x*])){1,2}(?:-[a-z]{2,10}(?:\.\d{1,4}){0,3})?$/

/** What stands where a secret would, in examples and templates. */
function isReal(value: string): boolean {
  if (/^\$[\w({]|^<[^>]*>?$|^\[masked:|^\{|^%\w+%$|^\*+$|\$\{|\{\{|\.\.\.$|…/.test(value))
    return false
  if (VERSION.test(value)) return false
  return !/^(?:string|number|boolean|null|undefined|none|true|false|required|optional|hidden|redacted|secret|token|password|example|changeme|your[-_].*)$/i.test(
    value,
  )
}

/** Not a word of a sentence; a secret key of AWS need not have a digit. */
const looksRandom = (value: string): boolean =>
  isReal(value) && (/\d/.test(value) || /^[A-Za-z0-9/+]{40}$/.test(value))

/** Not what a program says where a value would stand: a call, a member, another variable. */
const isNoCode = (value: string): boolean => !/^[\w.$?!]+[([]|^(?:process|import|os)\./.test(value)
const isNoName = (value: string): boolean =>
  isNoCode(value) &&
  !/passw|secret/i.test(value) &&
  !/^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(value)

/** Forms that carry their kind in their first letters. */
const PREFIXED: readonly [kind: string, first: string, chars: string, rest: string][] = [
  ['multica-token', 'mult?_', '[0-9a-f]', '{40}'],
  ['github-token', 'gh[pousr]_', '[A-Za-z0-9]', '{30,}'],
  ['github-token', 'github_pat_', '[A-Za-z0-9_]', '{40,}'],
  ['gitlab-token', 'gl(?:pat|rt|dt|cbt|ptt)-', '[A-Za-z0-9_-]', '{20,}'],
  ['aws-key-id', '(?:AKIA|ASIA|ABIA|ACCA)', '[A-Z2-7]', '{16}'],
  ['slack-token', '(?:xox[abeoprs]|xapp-\\d)-', '[A-Za-z0-9-]', '{10,}'],
  ['google-key', 'AIza', '[A-Za-z0-9_-]', '{35}'],
  ['google-key', 'ya29\\.', '[A-Za-z0-9_-]', '{20,}'],
  ['stripe-key', '(?:sk|rk|pk)_(?:live|test)_', '[A-Za-z0-9]', '{16,}'],
  ['stripe-key', 'whsec_', '[A-Za-z0-9]', '{24,}'],
  ['anthropic-key', 'sk-ant-', '[A-Za-z0-9_-]', '{16,}'],
  ['openai-key', 'sk-(?!ant-)', '[A-Za-z0-9_-]', '{20,}'],
  ['npm-token', 'npm_', '[A-Za-z0-9]', '{36}'],
  ['pypi-token', 'pypi-', '[A-Za-z0-9_-]', '{50,}'],
  ['huggingface-token', 'hf_', '[A-Za-z0-9]', '{30,}'],
  ['sendgrid-key', 'SG\\.', '[A-Za-z0-9_.-]', '{33,}'],
  ['digitalocean-token', 'do[opr]_v1_', '[0-9a-f]', '{64}'],
  ['telegram-token', '\\d{8,10}:AA', '[A-Za-z0-9_-]', '{33}'],
]

/** All known shapes but blocks of private keys (private-key.ts). */
export const RULES: readonly MaskRule[] = [
  ...PREFIXED.map(([kind, first, chars, rest]) =>
    rule({
      kind,
      before: `(?<![A-Za-z0-9_])${first}`,
      chars,
      secret: chars + rest,
      after: '(?![A-Za-z0-9])',
    }),
  ),
  rule({
    kind: 'jwt',
    before: '(?<![A-Za-z0-9_])eyJ',
    chars: '[A-Za-z0-9_.-]',
    secret: '[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}',
  }),
  rule({
    kind: 'url-password',
    before: '\\b[a-z][a-z0-9+.-]{1,20}:\\/\\/[^\\s:/@"\'`<>]{0,200}:',
    chars: '[^\\s@/"\'`<>]',
    secret: '[^\\s@/"\'`<>]{1,}',
    after: '@',
    flags: 'i',
    accept: isReal,
  }),
  rule({
    kind: 'authorization',
    before:
      '\\bauthorization\\\\?["\']?\\s{0,4}[:=]\\s{0,4}\\\\?["\']?(?:bearer|basic|token)\\s{1,4}',
    chars: '[\\w.~+/=-]',
    secret: '[\\w.~+/=-]{6,}',
    flags: 'i',
    accept: isReal,
  }),
  rule({
    kind: 'authorization',
    before: '\\bbearer\\s{1,4}',
    chars: '[\\w.~+/=-]',
    secret: '[\\w.~+/=-]{16,}',
    flags: 'i',
    accept: looksRandom,
  }),
  rule({
    kind: 'authorization',
    before: '\\b(?:x-api-key|api-key|x-auth-token|private-token)\\s{0,4}:\\s{1,4}',
    chars: '[^\\s"\'`,;]',
    secret: '[^\\s"\'`,;]{8,}',
    flags: 'i',
    accept: looksRandom,
  }),
  rule({
    kind: 'password',
    // JSON, also inside a string of JSON: the key says what the value is.
    before: `\\\\?"[\\w.-]{0,60}${NAME}\\\\?"\\s{0,20}:\\s{0,20}\\\\?"`,
    chars: '(?:[^"\\\\\\n]|\\\\(?!"))',
    secret: '(?:[^"\\\\\\n]|\\\\(?!")){1,}',
    after: '\\\\?"',
    flags: 'i',
    accept: isReal,
  }),
  ...['"', "'"].map((quote) =>
    rule({
      kind: 'password',
      before: `\\b[\\w.-]{0,60}${NAME}\\s{0,4}[:=]\\s{0,4}${quote}`,
      chars: `[^${quote}\\s]`,
      secret: `[^${quote}\\s]{8,}`,
      after: quote,
      flags: 'i',
      accept: looksRandom,
    }),
  ),
  rule({
    kind: 'password',
    // Lines of an .env file and of a shell.
    before: `\\b[A-Z][A-Z0-9_]{0,60}?${VARIABLE}=`,
    chars: '[^\\s"\'`;&|]',
    secret: '[^\\s"\'`;&|]{4,}',
    accept: (value) => isReal(value) && isNoCode(value),
  }),
  rule({
    kind: 'password',
    // YAML, properties and INI files.
    before: `\\b[\\w.-]{0,60}${SURE_NAME}\\s{0,4}[:=]\\s{0,4}`,
    chars: '[^\\s"\'`,;]',
    secret: '[^\\s"\'`,;]{8,}',
    flags: 'i',
    accept: (value) => looksRandom(value) && isNoName(value),
  }),
]

/**
 * What every text with a secret has in it, private keys included: the letters that a form begins with, or
 * a name with what joins it to its value. Most texts have nothing of it, and one look tells so.
 */
export const SECRET_MARK = new RegExp(
  [
    ...PREFIXED.map(([, first]) => first),
    'eyJ',
    ':\\/\\/[^\\s/@]*@',
    'authorization',
    'bearer\\s',
    '(?:password|passwd|passphrase|pwd|secret|token|key|credentials?)\\\\?["\']?\\s{0,20}[:=]',
    '-----BEGIN',
  ].join('|'),
  'i',
)
