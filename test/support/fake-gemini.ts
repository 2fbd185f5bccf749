import type {Block} from './fake-anthropic.js'
import {
  type FakeModelServer,
  type ModelCall,
  type OfferedTool,
  pieces,
  sendJson,
  shellCall,
  startFakeModel,
  uniqueId,
} from './fake-model.js'

interface Body {
  tools?: {functionDeclarations?: {name: string}[]}[]
  generationConfig?: {responseJsonSchema?: unknown; responseSchema?: unknown}
}

/** What every answer is said to have cost. */
export const GEMINI_USAGE = {input: 100, cached: 22, output: 33}

const USAGE = {
  promptTokenCount: GEMINI_USAGE.input,
  cachedContentTokenCount: GEMINI_USAGE.cached,
  candidatesTokenCount: GEMINI_USAGE.output,
  totalTokenCount: GEMINI_USAGE.input + GEMINI_USAGE.output,
}

/** A server that speaks Gemini's API and answers with what a test has written down. */
export const startFakeGemini = (): Promise<FakeModelServer> => startFakeModel<Body>(answer)

function answer({path, body, res, next}: ModelCall<Body>): void {
  const [, model, verb] = /\/models\/([^/:]+):(\w+)$/.exec(path) ?? []
  if (!model || verb === 'countTokens') {
    sendJson(res, model ? 200 : 404, {totalTokens: GEMINI_USAGE.input})
    return
  }
  const tools = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? [])
  // Requests without tools are the agent's own business, such as who should speak next.
  const turn = tools.length > 0 ? next() : [{text: sideAnswer(body)}]
  if (turn === 'hang') return
  if (!Array.isArray(turn)) {
    const error = {code: turn.status, message: `the model refuses with ${turn.status}`}
    sendJson(res, turn.status, {error: {...error, status: STATUS[turn.status] ?? 'INTERNAL'}})
    return
  }
  const parts = turn.flatMap((block) => partsOf(block, tools))
  if (verb === 'generateContent') {
    sendJson(res, 200, chunk(model, parts, true))
    return
  }
  res.writeHead(200, {'content-type': 'text/event-stream'})
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    res.write(`data: ${JSON.stringify(chunk(model, [part], isLast))}\n\n`)
  }
  res.end()
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

const sideAnswer = ({generationConfig: config}: Body): string =>
  config?.responseJsonSchema || config?.responseSchema ? '{"next_speaker":"user"}' : 'A title'

const chunk = (model: string, parts: object[], isLast: boolean) => ({
  candidates: [{index: 0, content: {role: 'model', parts}, ...(isLast && {finishReason: 'STOP'})}],
  ...(isLast && {usageMetadata: USAGE}),
  modelVersion: model,
  responseId: uniqueId('resp'),
})

/** A thought has a headline in asterisks, as the real ones have. */
function partsOf(block: Block, tools: readonly OfferedTool[]): object[] {
  if ('thinking' in block) return [{text: `**Thinking**\n${block.thinking}`, thought: true}]
  if ('text' in block) return pieces(block.text).map((text) => ({text}))
  const {name, input} = shellCall(block, tools)
  return [
    {functionCall: {id: uniqueId('call'), name, args: input}, thoughtSignature: 'c2lnbmF0dXJl'},
  ]
}
