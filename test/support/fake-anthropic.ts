import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {json} from 'node:stream/consumers'

/** A part of what the model says in one turn; `shell` is a call of whatever shell tool the agent offers. */
export type Block = {thinking: string} | {text: string} | {shell: string}

/** One answer of the model: what it says, or the status with which the server refuses. */
export type Turn = Block[] | {status: number} | 'hang'

export interface FakeModel {
  url: string
  /** Bodies of the requests that turns have answered. */
  readonly requests: readonly ModelRequest[]
  /** The turns of the next run; what an earlier run has left over is dropped. */
  play(...turns: Turn[]): void
  close(): Promise<void>
}

export interface ModelRequest {
  model: string
  stream?: boolean
  messages: {role: string; content: unknown}[]
  tools?: {name: string}[]
}

type Content =
  | {type: 'thinking'; thinking: string; signature: string}
  | {type: 'text'; text: string}
  | {type: 'tool_use'; id: string; name: string; input: Record<string, unknown>}

export const USAGE = {
  input_tokens: 100,
  cache_creation_input_tokens: 11,
  cache_read_input_tokens: 22,
  output_tokens: 33,
}

/** A server that speaks Anthropic's Messages API and answers with what a test has written down. */
export async function startFakeAnthropic(): Promise<FakeModel> {
  let turns: Turn[] = []
  const requests: ModelRequest[] = []
  const server = createServer((req, res) => {
    answer(req, res, (body) => {
      // Requests without tools are the agent's own business, such as a title for the session.
      if (!body.tools?.length) return [{text: 'A title'}]
      requests.push(body)
      return turns.shift() ?? [{text: 'Nothing more to say.'}]
    }).catch(() => res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    play(...next) {
      turns = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  next: (body: ModelRequest) => Turn,
): Promise<void> {
  if (req.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(req.url ?? '')) {
    res.writeHead(req.method === 'HEAD' ? 200 : 404, {'content-type': 'application/json'})
    res.end('{"input_tokens":1}')
    return
  }
  const body = (await json(req)) as ModelRequest
  const turn = next(body)
  if (turn === 'hang') return
  if (!Array.isArray(turn)) {
    res.writeHead(turn.status, {'content-type': 'application/json'})
    const error = {type: 'api_error', message: `the model refuses with ${turn.status}`}
    res.end(JSON.stringify({type: 'error', error}))
    return
  }
  const content = turn.map((block, index) => contentOf(block, index, body))
  const tools = content.some(({type}) => type === 'tool_use')
  const message = {
    id: `msg_${Math.random().toString(36).slice(2)}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    stop_reason: tools ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: USAGE,
  }
  if (body.stream) stream(res, message, content)
  else {
    res.writeHead(200, {'content-type': 'application/json'})
    res.end(JSON.stringify({...message, content}))
  }
}

function contentOf(block: Block, index: number, {tools}: ModelRequest): Content {
  if ('thinking' in block) {
    return {type: 'thinking', thinking: block.thinking, signature: 'c2lnbmF0dXJl'}
  }
  if ('text' in block) return {type: 'text', text: block.text}
  const tool = tools?.find(({name}) => /^bash$/i.test(name))
  if (!tool) throw new Error('the agent offers no shell')
  const id = `toolu_${index}_${Math.random().toString(36).slice(2)}`
  const input = {command: block.shell, description: 'Runs a command'}
  return {type: 'tool_use', id, name: tool.name, input}
}

function stream(res: ServerResponse, message: object, content: Content[]): void {
  const send = (type: string, data: object) =>
    res.write(`event: ${type}\ndata: ${JSON.stringify({type, ...data})}\n\n`)
  const {usage, stop_reason, ...head} = message as {usage: typeof USAGE; stop_reason: string}
  res.writeHead(200, {'content-type': 'text/event-stream'})
  send('message_start', {
    message: {...head, content: [], stop_reason: null, usage: {...usage, output_tokens: 1}},
  })
  for (const [index, block] of content.entries()) {
    send('content_block_start', {index, content_block: emptied(block)})
    for (const delta of deltasOf(block)) send('content_block_delta', {index, delta})
    send('content_block_stop', {index})
  }
  send('message_delta', {
    delta: {stop_reason, stop_sequence: null},
    usage: {output_tokens: usage.output_tokens},
  })
  send('message_stop', {})
  res.end()
}

function emptied(block: Content): object {
  switch (block.type) {
    case 'thinking':
      return {...block, thinking: '', signature: ''}
    case 'text':
      return {...block, text: ''}
    case 'tool_use':
      return {...block, input: {}}
  }
}

function deltasOf(block: Content): object[] {
  switch (block.type) {
    case 'thinking':
      return [
        ...pieces(block.thinking).map((thinking) => ({type: 'thinking_delta', thinking})),
        {type: 'signature_delta', signature: block.signature},
      ]
    case 'text':
      return pieces(block.text).map((text) => ({type: 'text_delta', text}))
    case 'tool_use':
      return pieces(JSON.stringify(block.input)).map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }))
  }
}

const pieces = (text: string): string[] => text.match(/[\s\S]{1,12}/gu) ?? []
