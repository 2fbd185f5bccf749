import type {Content, ToolCall, ToolContent} from './acp-messages.js'

/** Content as text: what is no text is named. */
export function contentText({type, text, uri, name, resource}: Content): string {
  if (typeof text === 'string') return text
  if (type === 'resource' && typeof resource?.text === 'string') return resource.text
  const address = uri ?? resource?.uri
  return address ? `[${name ?? type}: ${address}]` : `[${type}]`
}

/** Members in which agents put what a tool has printed, the fullest first. */
const OUTPUTS = ['output', 'formatted_output', 'aggregated_output', 'stdout', 'fileDiff', 'error']
const EXIT_CODES = ['exit', 'exit_code', 'exitCode']

/**
 * What a tool has produced: its raw output where that can be read, for the content is often dressed up
 * for editors.
 */
export function outputOf({rawOutput, content}: ToolCall): string {
  if (typeof rawOutput === 'string' && rawOutput !== '') return rawOutput
  const raw = asRecord(rawOutput)
  for (const name of OUTPUTS) {
    const value = raw?.[name]
    if (typeof value === 'string' && value !== '') return value
  }
  const text = (content ?? []).map(toolContentText).filter(Boolean).join('\n')
  if (text !== '' || !raw || OUTPUTS.some((name) => raw[name] === '')) return text
  return JSON.stringify(rawOutput, null, 2)
}

/** A failed call, or a program that the tool ran and that failed. */
export function isFailure({status, rawOutput}: ToolCall): boolean {
  if (status === 'failed') return true
  const raw = asRecord(rawOutput)
  const places = [raw, asRecord(raw?.metadata)]
  return places.some((place) =>
    EXIT_CODES.some((name) => typeof place?.[name] === 'number' && place[name] !== 0),
  )
}

function toolContentText({type, content, path, oldText, newText}: ToolContent): string {
  if (type === 'content') return content ? contentText(content) : ''
  if (type !== 'diff') return ''
  const lines = (mark: string, text: string | null | undefined) =>
    text
      ? text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${mark}${line}`)
      : []
  return [`--- ${path ?? ''}`, ...lines('-', oldText), ...lines('+', newText)].join('\n')
}

/** What a tool was called with; of agents that do not say, what they tell editors. */
export function inputOf(
  {rawInput, title, locations, content}: ToolCall,
  noise: readonly string[] = [],
): Record<string, unknown> {
  const raw = Object.entries(asRecord(rawInput) ?? {}).filter(([name]) => !noise.includes(name))
  if (raw.length > 0) return Object.fromEntries(raw)
  const path = locations?.[0]?.path ?? content?.find((part) => part.path)?.path
  const texts = (content ?? []).map(toolContentText).filter(Boolean)
  return {
    ...(path && {path}),
    ...(title && {title}),
    ...(texts.length > 0 && {content: texts.join('\n')}),
  }
}

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
