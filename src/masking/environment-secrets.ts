const SECRET_NAME =
  /(?:TOKEN|SECRET|APIKEY|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(?:^|_)(?:KEY|PASS|PWD|AUTH|COOKIE|PRIVATE|DSN))(?:_|\d|$)/i
/** Variables whose names look secret and whose values are not. */
const PUBLIC_NAME = /^(?:PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY|.*_(?:PATH|FILE|DIR|URL|SOCK))$/i
/** Shorter values stand in too many ordinary texts. */
const MIN_LENGTH = 8
const PATH = /^(?:~|\.{1,2})?(?:\/[\w.@+-]+)+\/?$/
const AWS_SECRET = /^[A-Za-z0-9/+]{40}$/
const URL_PASSWORD = /^[a-z][\w+.-]*:\/\/[^\s:/@]*:([^\s/@]+)@/i

/** Values of an environment that must not be seen, by the names of their variables (design §4.9). */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env)
    .flatMap(([name, value = '']) => {
      const password = URL_PASSWORD.exec(value)?.[1]
      const inUrl = password ? [...new Set([password, decode(password)])] : []
      const isPath = PATH.test(value) && !AWS_SECRET.test(value)
      const isSecret = SECRET_NAME.test(name) && !PUBLIC_NAME.test(name) && !isPath
      return isSecret ? [value, ...inUrl] : inUrl
    })
    .filter((value) => value.length >= MIN_LENGTH)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
