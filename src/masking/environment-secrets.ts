const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|KEY|APIKEY|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|AUTH|COOKIE|PRIVATE|DSN)(?:_|\d|$)/i
/** Variables whose names look secret and whose values are not. */
const PUBLIC_NAME = /^(?:PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY|.*_(?:PATH|FILE|DIR|URL|SOCK))$/i
const MIN_LENGTH = 8

/** Values of an environment that must not be seen, by the names of their variables (design §4.9). */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || value.length < MIN_LENGTH || !SECRET_NAME.test(name)) return []
    if (PUBLIC_NAME.test(name) || /^(?:true|false|none|null|\/|\.\/)/i.test(value)) return []
    return [value]
  })
}
