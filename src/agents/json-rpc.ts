import * as z from 'zod'
import type {AgentEvent, AgentIo} from './adapter.js'

const Id = z.union([z.number(), z.string()])
const ErrorBody = z.looseObject({
  code: z.number().default(0),
  message: z.string().default('unknown error'),
  data: z.unknown().optional(),
})
const Message = z.looseObject({
  id: Id.nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: ErrorBody.optional(),
})

export type RpcError = z.output<typeof ErrorBody>
export type RpcReply = {result: unknown; error?: never} | {result?: never; error: RpcError}

/** A question of the other side. Exactly one of both answers it. */
export interface RpcRequest {
  /** The other side's own number of it. */
  id: number | string
  method: string
  params: unknown
  answer(result: unknown): void
  refuse(code: number, message: string): void
}

export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602

export interface RpcHandlers {
  notification(method: string, params: unknown): AgentEvent[]
  request(request: RpcRequest): AgentEvent[]
  /** A line that is no message. */
  text(line: string): AgentEvent[]
}

/**
 * JSON-RPC over lines, as agents speak it on their standard streams. Messages are handled in the order
 * of their lines and what comes of them are events, so that reading keeps its pace and its order. Ids
 * of the two sides are spaces of their own.
 */
export class JsonRpcPeer {
  readonly #io: AgentIo
  readonly #handlers: RpcHandlers
  readonly #header: Record<string, unknown>
  readonly #waiting = new Map<number | string, (reply: RpcReply) => AgentEvent[]>()
  #lastId = 0
  #written: Promise<void> = Promise.resolve()

  /** @param header members of every message: `{jsonrpc: '2.0'}`, or none */
  constructor(io: AgentIo, handlers: RpcHandlers, header: Record<string, unknown>) {
    this.#io = io
    this.#handlers = handlers
    this.#header = header
  }

  /** Asks; `onReply` is called when the answer's line is read. */
  call(method: string, params: unknown, onReply: (reply: RpcReply) => AgentEvent[]): void {
    const id = ++this.#lastId
    this.#waiting.set(id, onReply)
    this.#send({id, method, params})
  }

  notify(method: string, params?: unknown): void {
    this.#send({method, ...(params !== undefined && {params})})
  }

  /** Takes a line in. */
  receive(line: string): AgentEvent[] {
    if (line.trim() === '') return []
    const message = parse(line)
    if (!message) return this.#handlers.text(line)
    const {id, method, params} = message
    if (method === undefined) return this.#reply(message)
    if (id === undefined || id === null) return this.#handlers.notification(method, params)
    return this.#handlers.request({
      id,
      method,
      params,
      answer: (result) => this.#send({id, result}),
      refuse: (code, text) => this.#send({id, error: {code, message: text}}),
    })
  }

  /** Resolves when the program has taken everything that was said to it, or is gone. */
  written(): Promise<void> {
    return this.#written
  }

  #reply({id, result, error}: z.output<typeof Message>): AgentEvent[] {
    const key = id ?? ''
    const onReply = this.#waiting.get(key)
    if (!onReply) return [{type: 'progress'}]
    this.#waiting.delete(key)
    return onReply(error ? {error} : {result})
  }

  /** Not waited for: a program that answers before it reads would block both sides (fault E2). */
  #send(message: Record<string, unknown>): void {
    this.#written = this.#io.write(`${JSON.stringify({...this.#header, ...message})}\n`)
  }
}

/** What the other side says of an error, with the details that some put beside a general message. */
export function describeRpcError({code, message, data}: RpcError): string {
  const details = detailsOf(data)
  const text = details && !message.includes(details) ? `${message}: ${details}` : message
  return code === 0 ? text : `${text} (code ${code})`
}

function detailsOf(data: unknown): string {
  if (data === undefined || data === null) return ''
  if (typeof data === 'string') return data
  const {details, message} = data as {details?: unknown; message?: unknown}
  for (const text of [details, message]) if (typeof text === 'string') return text
  return JSON.stringify(data)
}

function parse(line: string): z.output<typeof Message> | undefined {
  try {
    const parsed = Message.safeParse(JSON.parse(line))
    if (!parsed.success) return undefined
    const {id, method, result, error} = parsed.data
    const isReply = id !== undefined && (result !== undefined || error !== undefined)
    return method !== undefined || isReply ? parsed.data : undefined
  } catch {
    return undefined
  }
}
