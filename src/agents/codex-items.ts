import * as z from 'zod'

/** The parts of Codex's items that are read (contract §6.3); everything else is left alone. */
export const CodexItem = z.looseObject({
  id: z.string(),
  type: z.string(),
  text: z.string().nullish(),
  /** exec has one text, app-server has parts. */
  summary: z.array(z.string()).nullish(),
  content: z.array(z.unknown()).nullish(),
  status: z.string().nullish(),
  command: z.union([z.string(), z.array(z.string())]).nullish(),
  cwd: z.string().nullish(),
  aggregatedOutput: z.string().nullish(),
  exitCode: z.number().nullish(),
  changes: z.array(z.looseObject({path: z.string()})).nullish(),
  server: z.string().nullish(),
  tool: z.string().nullish(),
  namespace: z.string().nullish(),
  arguments: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  contentItems: z.array(z.unknown()).nullish(),
  prompt: z.string().nullish(),
  receiverThreadIds: z.array(z.string()).nullish(),
  query: z.string().nullish(),
  path: z.string().nullish(),
  savedPath: z.string().nullish(),
  message: z.string().nullish(),
})
export type CodexItem = z.output<typeof CodexItem>

export interface CodexTool {
  tool: string
  input: Record<string, unknown>
  output: string
  isError: boolean
}

/** What an item says of a tool: its call, and its answer as far as it is there. Undefined for other items. */
export function toolOfItem(item: CodexItem): CodexTool | undefined {
  switch (item.type) {
    case 'commandExecution':
      return commandTool(item)
    case 'fileChange':
      return {
        tool: 'patch_apply',
        input: {changes: item.changes ?? []},
        output: (item.changes ?? []).map(({path}) => path).join('\n'),
        isError: hasFailed(item),
      }
    case 'mcpToolCall':
      return {
        tool: `mcp__${item.server ?? 'server'}__${item.tool ?? 'tool'}`,
        input: asInput(item.arguments),
        output: item.error ? plainText(item.error) : plainText(item.result),
        isError: hasFailed(item),
      }
    case 'dynamicToolCall':
      return {
        tool: item.tool ?? 'tool',
        input: asInput(item.arguments),
        output: plainText(item.contentItems),
        isError: hasFailed(item) || item.success === false,
      }
    case 'collabAgentToolCall':
    case 'collabToolCall':
      return {
        tool: item.tool ?? 'agent',
        input: item.prompt ? {prompt: item.prompt} : {},
        output: item.status ?? '',
        isError: hasFailed(item),
      }
    case 'webSearch':
      return {
        tool: 'web_search',
        input: {query: item.query ?? ''},
        output: plainText(item.results),
        isError: false,
      }
    case 'imageView':
      return {tool: 'view_image', input: {path: item.path ?? ''}, output: '', isError: false}
    case 'imageGeneration':
      return {
        tool: 'image_generation',
        input: {},
        output: item.savedPath ?? '',
        isError: hasFailed(item),
      }
    default:
      return undefined
  }
}

function commandTool(item: CodexItem): CodexTool {
  const command = Array.isArray(item.command) ? item.command.join(' ') : (item.command ?? '')
  const isError = hasFailed(item) || (item.exitCode ?? 0) !== 0
  const output = item.aggregatedOutput ?? ''
  const why = item.exitCode ? `exit code ${item.exitCode}` : (item.status ?? 'failed')
  return {
    tool: 'exec_command',
    input: {command, ...(item.cwd && {cwd: item.cwd})},
    output: isError ? [output.trimEnd(), why].filter(Boolean).join('\n') : output,
    isError,
  }
}

const hasFailed = ({status}: CodexItem): boolean => status === 'failed' || status === 'declined'

const asInput = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : value === undefined || value === null
      ? {}
      : {arguments: value}

/** What a tool answered as people read it: text parts joined, others named. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(partText).join('\n')
  const {content, message} = value as {content?: unknown; message?: unknown}
  if (Array.isArray(content)) return plainText(content)
  return typeof message === 'string' ? message : JSON.stringify(value, null, 2)
}

function partText(part: unknown): string {
  const {text, type} = (part ?? {}) as {text?: unknown; type?: unknown}
  if (typeof text === 'string') return text
  return typeof type === 'string' ? `[${type}]` : JSON.stringify(part)
}
