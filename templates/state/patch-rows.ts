/** A line of a unified diff as it is shown. */
export interface PatchRow {
  kind: 'hunk' | 'context' | 'added' | 'deleted' | 'note'
  text: string
  /** Number of the line before and after; absent where there is none. */
  before?: number
  after?: number
}

/** The hunks of one file's patch, line by line; what stands before the first one is known otherwise. */
export function patchRows(patch: string): PatchRow[] {
  const rows: PatchRow[] = []
  let before = 0
  let after = 0
  let inHunk = false
  for (const line of patch.replace(/\n$/, '').split('\n')) {
    const head = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (head) {
      before = Number(head[1])
      after = Number(head[2])
      inHunk = true
      rows.push({kind: 'hunk', text: line})
    } else if (inHunk) {
      const text = line.slice(1)
      if (line.startsWith('+')) rows.push({kind: 'added', text, after: after++})
      else if (line.startsWith('-')) rows.push({kind: 'deleted', text, before: before++})
      else if (line.startsWith('\\')) rows.push({kind: 'note', text: text.trim()})
      else rows.push({kind: 'context', text, before: before++, after: after++})
    }
  }
  return rows
}

/** What a patch says of the file beside its lines, such as a changed mode. */
export function patchNotes(patch: string): string {
  const lines = patch.split('\n', 8)
  const of = (start: string) => lines.find((line) => line.startsWith(start))?.slice(start.length)
  const [from, to] = [of('old mode '), of('new mode ')]
  if (from && to) return `mode ${from} → ${to}`
  return of('new file mode ') === '120000' ? 'symbolic link' : ''
}
