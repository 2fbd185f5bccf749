/** Text that does not pack too well and looks like an agent's. */
const WORDS =
  'Reading the handler first, then its tests. The retry loop never resets `attempt`, so the third call gives up early; '

/** Content of so many ASCII characters. */
export const contentOf = (bytes: number): string =>
  WORDS.repeat(Math.ceil(bytes / WORDS.length)).slice(0, bytes)

/** Messages `first`..`first + count - 1` as JSON of an upload. */
export function batchOf(first: number, count: number, content: string): string {
  const text = JSON.stringify(content)
  const messages = Array.from(
    {length: count},
    (_, index) =>
      `{"seq":${first + index},"type":"text","at":"2026-01-01T00:00:00.000Z","block":1,"content":${text}}`,
  )
  return `{"messages":[${messages.join(',')}]}`
}

/** The same messages as the product's frames, for references that get their bytes ready made. */
export function framesOf(first: number, count: number, content: string): string {
  const text = JSON.stringify(content)
  const id = '00000000-0000-4000-8000-000000000000'
  return Array.from({length: count}, (_, index) => {
    const seq = first + index
    return `id: ${seq}\nevent: task:message\ndata: {"task_id":"${id}","issue_id":"${id}","seq":${seq},"type":"text","at":"2026-01-01T00:00:00.000Z","block":1,"content":${text}}\n\n`
  }).join('')
}
