/** A shape of secrets. The pattern's named group `secret` is masked; without one the whole match is. */
export interface MaskRule {
  kind: string
  pattern: RegExp
  /** False leaves a match alone. */
  accept?: (secret: string) => boolean
}

const NAME =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credentials?)'

/** What stands where a secret would, in examples, templates and code. */
function isReal(value: string): boolean {
  if (/[${<[(]|\*\*\*|\.\.\.|…/.test(value)) return false
  return !/^(?:string|number|boolean|null|undefined|none|true|false|required|optional|hidden|redacted|secret|token|password|example|changeme|your[-_].*)$/i.test(
    value,
  )
}

/** Long enough, and not a word of a sentence. */
const looksRandom = (value: string): boolean => isReal(value) && /\d/.test(value)

/** Forms that carry their kind in their first letters. */
const PREFIXED: readonly [kind: string, pattern: string][] = [
  ['multica-token', 'mult?_[0-9a-f]{40}'],
  ['github-token', '(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255})'],
  ['gitlab-token', 'gl(?:pat|rt|dt|cbt|ptt)-[A-Za-z0-9_-]{20,}'],
  ['aws-key-id', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}'],
  ['slack-token', 'xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\\d-[A-Za-z0-9-]{10,}'],
  ['google-key', 'AIza[A-Za-z0-9_-]{35}|ya29\\.[A-Za-z0-9_-]{20,}'],
  ['stripe-key', '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}'],
  ['anthropic-key', 'sk-ant-[A-Za-z0-9_-]{16,}'],
  ['openai-key', 'sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}'],
  ['npm-token', 'npm_[A-Za-z0-9]{36}'],
  ['pypi-token', 'pypi-[A-Za-z0-9_-]{50,}'],
  ['huggingface-token', 'hf_[A-Za-z0-9]{30,}'],
  ['sendgrid-key', 'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}'],
  ['digitalocean-token', 'do[opr]_v1_[0-9a-f]{64}'],
  ['telegram-token', '\\d{8,10}:AA[A-Za-z0-9_-]{33}'],
  ['jwt', 'eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}'],
]

/** All known shapes. A block of a private key is masked to its end, or to the end of the text. */
export const RULES: readonly MaskRule[] = [
  {
    kind: 'private-key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  ...PREFIXED.map(([kind, pattern]) => ({
    kind,
    pattern: new RegExp(`(?<![A-Za-z0-9_])(?:${pattern})(?![A-Za-z0-9])`, 'g'),
  })),
  {
    kind: 'url-password',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{0,200}:(?<secret>[^\s@/"'`<>]{1,500})@/gi,
    accept: isReal,
  },
  {
    kind: 'authorization',
    pattern:
      /\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+(?<secret>[\w.~+/-]{6,}=*)/gi,
    accept: isReal,
  },
  {
    kind: 'authorization',
    pattern: /\bbearer\s+(?<secret>[\w.~+/-]{16,}=*)/gi,
    accept: looksRandom,
  },
  {
    kind: 'password',
    // JSON, also inside a string of JSON: the key says what the value is.
    pattern: new RegExp(
      `\\\\?"[\\w.-]{0,60}${NAME}\\\\?"\\s*:\\s*\\\\?"(?<secret>(?:[^"\\\\\\n]|\\\\(?!").){1,2000}?)\\\\?"`,
      'gi',
    ),
    accept: isReal,
  },
  {
    kind: 'password',
    pattern: new RegExp(
      `\\b[\\w.-]{0,60}${NAME}\\s{0,4}[:=]\\s{0,4}(?:'(?<secret>[^'\\s]{8,500})'|"(?<secret2>[^"\\s]{8,500})")`,
      'gi',
    ),
    accept: looksRandom,
  },
  {
    kind: 'password',
    // Lines of an .env file and of a shell.
    pattern:
      /\b[A-Z][A-Z0-9_]{0,60}?(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)=(?<secret>[^\s"'`;&|]{4,2000})/g,
    accept: isReal,
  },
]
