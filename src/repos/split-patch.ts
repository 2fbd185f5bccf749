/** One file's part of a unified diff. */
export interface PatchPart {
  path: string
  bytes: Buffer
}

/** Takes a diff of git apart at its `diff --git` lines; a line of a file never begins like that. */
export function splitPatch(patch: Buffer): PatchPart[] {
  // One character a byte: offsets in the text are offsets in the bytes.
  const text = patch.toString('latin1')
  const starts = [...text.matchAll(/^diff --git /gm)].map(({index}) => index)
  return starts.map((start, at) => {
    const bytes = patch.subarray(start, starts[at + 1] ?? patch.length)
    return {path: pathOf(headerOf(bytes)), bytes}
  })
}

/** The lines before the first hunk. */
function headerOf(part: Buffer): string[] {
  const text = part.subarray(0, 32 * 1024).toString('utf8')
  const end = text.search(/^(@@ |Binary files )/m)
  return (end < 0 ? text : text.slice(0, end)).split('\n')
}

function pathOf(header: readonly string[]): string {
  const after = (start: string) =>
    header.find((line) => line.startsWith(start))?.slice(start.length)
  const renamed = after('rename to ')
  if (renamed !== undefined) return unquote(renamed)
  for (const side of ['+++ ', '--- ']) {
    const name = after(side)?.replace(/\t$/, '')
    if (name !== undefined && name !== '/dev/null') return unquote(name).slice(2)
  }
  // Both names are the same here: `a/x b/x`, or both in quotes.
  const both = after('diff --git ') ?? ''
  const second = both.startsWith('"')
    ? both.slice((both.length + 1) / 2)
    : both.slice(both.length / 2 + 0.5)
  return unquote(second).slice(2)
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Git's way of writing names with unusual characters: in quotes, as in C. */
function unquote(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"')) return name
  const bytes: Buffer[] = []
  for (const [, octal, sign, plain] of name
    .slice(1, -1)
    .matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu)) {
    if (octal) bytes.push(Buffer.from([Number.parseInt(octal, 8)]))
    else bytes.push(Buffer.from(sign ? (ESCAPES[sign] ?? sign) : (plain ?? '')))
  }
  return Buffer.concat(bytes).toString('utf8')
}

/**
 * Puts the numbers of lines in the heads of hunks right, after lines of them have been replaced by
 * fewer ones.
 */
export function recount(patch: string): string {
  const lines = patch.split('\n')
  let head = -1
  let counts = [0, 0]
  const close = () => {
    const match =
      head < 0 ? null : /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/s.exec(lines[head] ?? '')
    if (match) lines[head] = `@@ -${match[1]},${counts[0]} +${match[2]},${counts[1]} @@${match[3]}`
  }
  lines.forEach((line, at) => {
    if (line.startsWith('@@ ')) {
      close()
      head = at
      counts = [0, 0]
    } else if (head >= 0) {
      const mark = line[0]
      if (mark === ' ' || mark === '-') counts[0] = (counts[0] ?? 0) + 1
      if (mark === ' ' || mark === '+') counts[1] = (counts[1] ?? 0) + 1
    }
  })
  close()
  return lines.join('\n')
}
