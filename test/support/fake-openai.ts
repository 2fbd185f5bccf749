import type {ServerResponse} from 'node:http'
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
  model: string
  stream?: boolean
  tools?: {
    type: string
    name?: string
    function?: {name: string}
    tools?: {name: string}[]
  }[]
}

/** What every answer is said to have cost. */
export const OPENAI_USAGE = {input: 100, cached: 22, output: 33}

/**
 * A server that speaks OpenAI's Responses API and Chat Completions and answers with what a test has
 * written down. Its base address for clients is `<url>/v1`.
 */
export const startFakeOpenai = (): Promise<FakeModelServer> => startFakeModel<Body>(answer)

function answer({path, body, res, next}: ModelCall<Body>): void {
  const isResponses = path.endsWith('/responses')
  if (!isResponses && !path.endsWith('/chat/completions')) {
    sendJson(res, 404, {})
    return
  }
  const tools = offered(body)
  // Requests without tools are the agent's own business, such as a title for the session.
  const turn = tools.length > 0 ? next() : [{text: 'A title'}]
  if (turn === 'hang') return
  if (!Array.isArray(turn)) {
    const type = turn.status < 500 ? 'invalid_request_error' : 'server_error'
    const error = {message: `the model refuses with ${turn.status}`, type}
    sendJson(res, turn.status, {error})
    return
  }
  if (isResponses) respond(res, body, turn, tools)
  else if (body.stream) completeInPieces(res, body, turn, tools)
  else completeAtOnce(res, body, turn, tools)
}

/** Newer agents put some of their tools into named groups. */
const offered = ({tools}: Body): OfferedTool[] =>
  (tools ?? []).flatMap((tool) =>
    tool.tools ? tool.tools : [{name: tool.function?.name ?? tool.name ?? tool.type}],
  )

function respond(
  res: ServerResponse,
  body: Body,
  turn: readonly Block[],
  tools: readonly OfferedTool[],
): void {
  const response = {id: uniqueId('resp'), object: 'response', model: body.model}
  const output = turn.map((block) => outputItem(block, tools))
  const send = (type: string, data: object) =>
    res.write(`event: ${type}\ndata: ${JSON.stringify({type, ...data})}\n\n`)
  res.writeHead(200, {'content-type': 'text/event-stream'})
  send('response.created', {response: {...response, status: 'in_progress', output: []}})
  for (const [output_index, item] of output.entries()) {
    const place = {item_id: item.id, output_index}
    send('response.output_item.added', {output_index, item: item.opened})
    for (const [type, data] of item.deltas) send(type, {...place, ...data})
    send('response.output_item.done', {output_index, item: item.whole})
  }
  send('response.completed', {
    response: {
      ...response,
      status: 'completed',
      output: output.map(({whole}) => whole),
      usage: {
        input_tokens: OPENAI_USAGE.input,
        input_tokens_details: {cached_tokens: OPENAI_USAGE.cached},
        output_tokens: OPENAI_USAGE.output,
        output_tokens_details: {reasoning_tokens: 0},
        total_tokens: OPENAI_USAGE.input + OPENAI_USAGE.output,
      },
    },
  })
  res.end()
}

interface OutputItem {
  id: string
  opened: object
  deltas: [type: string, data: object][]
  whole: object
}

function outputItem(block: Block, tools: readonly OfferedTool[]): OutputItem {
  if ('thinking' in block) {
    const id = uniqueId('rs')
    const summary = [{type: 'summary_text', text: block.thinking}]
    const at = {summary_index: 0}
    return {
      id,
      opened: {type: 'reasoning', id, summary: []},
      deltas: [
        ['response.reasoning_summary_part.added', {...at, part: {type: 'summary_text', text: ''}}],
        ...pieces(block.thinking).map((delta): [string, object] => [
          'response.reasoning_summary_text.delta',
          {...at, delta},
        ]),
      ],
      whole: {type: 'reasoning', id, summary, encrypted_content: 'eA=='},
    }
  }
  if ('text' in block) {
    const id = uniqueId('msg')
    const head = {type: 'message', id, role: 'assistant'}
    return {
      id,
      opened: {...head, status: 'in_progress', content: []},
      deltas: pieces(block.text).map((delta) => [
        'response.output_text.delta',
        {content_index: 0, delta},
      ]),
      whole: {
        ...head,
        status: 'completed',
        content: [{type: 'output_text', text: block.text, annotations: []}],
      },
    }
  }
  const {name, input} = shellCall(block, tools)
  const id = uniqueId('fc')
  const head = {type: 'function_call', id, call_id: uniqueId('call'), name}
  return {
    id,
    opened: {...head, status: 'in_progress', arguments: ''},
    deltas: [],
    whole: {...head, status: 'completed', arguments: JSON.stringify(input)},
  }
}

type Complete = (
  res: ServerResponse,
  body: Body,
  turn: readonly Block[],
  tools: readonly OfferedTool[],
) => void

const CHAT_USAGE = {
  prompt_tokens: OPENAI_USAGE.input,
  completion_tokens: OPENAI_USAGE.output,
  total_tokens: OPENAI_USAGE.input + OPENAI_USAGE.output,
  prompt_tokens_details: {cached_tokens: OPENAI_USAGE.cached},
}

const toolCalls = (turn: readonly Block[], tools: readonly OfferedTool[]) =>
  turn
    .flatMap((block) => ('shell' in block ? [shellCall(block, tools)] : []))
    .map(({name, input}, index) => ({
      index,
      id: uniqueId('call'),
      type: 'function',
      function: {name, arguments: JSON.stringify(input)},
    }))

const completeAtOnce: Complete = (res, {model}, turn, tools) => {
  const content = turn.map((block) => ('text' in block ? block.text : '')).join('')
  const calls = toolCalls(turn, tools)
  const message = {role: 'assistant', content, ...(calls.length > 0 && {tool_calls: calls})}
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop'
  sendJson(res, 200, {
    id: uniqueId('chatcmpl'),
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{index: 0, finish_reason, message}],
    usage: CHAT_USAGE,
  })
}

/** Thinking has no place of its own in Chat Completions; many read it from `reasoning_content`. */
const completeInPieces: Complete = (res, {model}, turn, tools) => {
  const head = {id: uniqueId('chatcmpl'), object: 'chat.completion.chunk', created: 1, model}
  const calls = toolCalls(turn, tools)
  const chunk = (rest: object) => res.write(`data: ${JSON.stringify({...head, ...rest})}\n\n`)
  const say = (delta: object, finish_reason: string | null = null) =>
    chunk({choices: [{index: 0, delta, finish_reason}]})
  res.writeHead(200, {'content-type': 'text/event-stream'})
  say({role: 'assistant', content: ''})
  for (const block of turn) {
    if ('thinking' in block)
      for (const piece of pieces(block.thinking)) say({reasoning_content: piece})
    if ('text' in block) for (const piece of pieces(block.text)) say({content: piece})
  }
  for (const call of calls) say({tool_calls: [call]})
  say({}, calls.length > 0 ? 'tool_calls' : 'stop')
  chunk({choices: [], usage: CHAT_USAGE})
  res.end('data: [DONE]\n\n')
}
