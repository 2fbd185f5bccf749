import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {newId} from '../../src/ids.js'

type Body = Record<string, unknown>

export interface OriginalCall {
  method: string
  path: string
  authorization: string | undefined
  body: Body
}

/** A task as the original's table has it, and what was said in its run. */
export interface OriginalTask {
  id: string
  runtime_id: string
  status: string
  error: string | null
  result: Body | null
  /** Rows in the order in which they came. */
  messages: Body[]
}

type Handler = (call: OriginalCall, ids: string[]) => Answer
type Answer = [status: number, body: unknown]

const OK: Answer = [200, {status: 'ok'}]
const failure = (status: number, error: string): Answer => [status, {error}]

/**
 * A server of the original, as far as a daemon sees it (contract §1): its paths, its shapes and its answers.
 * It knows no task tokens, no streams and no compressed bodies; everything else is a 404 in plain text.
 */
export class OriginalServer {
  readonly token = `mul_${'0123456789'.repeat(4)}`
  readonly workspaceId = newId()
  readonly calls: OriginalCall[] = []
  readonly tasks = new Map<string, OriginalTask>()
  /** Paths that it does not serve and was asked for. */
  readonly strange = new Set<string>()
  /** Whether the answer to a call never reaches the caller. */
  loses: (call: OriginalCall) => boolean = () => false
  readonly #runtimes = new Map<string, {id: string; provider: string; name: string}>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve)
    })
    return this
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  of(path: RegExp): OriginalCall[] {
    return this.calls.filter((call) => path.test(call.path))
  }

  runtimeOf(provider: string): string | undefined {
    return [...this.#runtimes.values()].find((runtime) => runtime.provider === provider)?.id
  }

  /** Forgets all runtimes, as if somebody had deleted them. */
  forgetRuntimes(): void {
    this.#runtimes.clear()
  }

  enqueue(provider: string): OriginalTask {
    const runtimeId = this.runtimeOf(provider)
    if (!runtimeId) throw new Error(`${provider} is not registered`)
    const task: OriginalTask = {
      id: newId(),
      runtime_id: runtimeId,
      status: 'queued',
      error: null,
      result: null,
      messages: [],
    }
    this.tasks.set(task.id, task)
    return task
  }

  readonly #routes: [method: string, path: RegExp, handler: Handler][] = [
    ['GET', /^\/api\/me$/, () => [200, {id: newId(), name: 'Ada', email: 'ada@example.org'}]],
    ['GET', /^\/api\/workspaces$/, () => [200, [{id: this.workspaceId, name: 'one', slug: 'one'}]]],
    ['POST', /^\/api\/daemon\/register$/, ({body}) => this.#register(body)],
    ['POST', /^\/api\/daemon\/deregister$/, () => OK],
    ['POST', /^\/api\/daemon\/heartbeat$/, ({body}) => this.#heartbeat(body)],
    ['POST', /^\/api\/daemon\/runtimes\/([^/]+)\/usage$/, () => OK],
    ['POST', /^\/api\/daemon\/runtimes\/([^/]+)\/tasks\/claim$/, (_, [id]) => this.#claim(id)],
    ['GET', /^\/api\/daemon\/tasks\/([^/]+)\/status$/, (_, [id]) => this.#status(id)],
    ['POST', /^\/api\/daemon\/tasks\/([^/]+)\/progress$/, () => OK],
    ['POST', /^\/api\/daemon\/tasks\/([^/]+)\/messages$/, ({body}, [id]) => this.#say(body, id)],
    [
      'POST',
      /^\/api\/daemon\/tasks\/([^/]+)\/(start|complete|fail)$/,
      ({body}, [id, verb]) => this.#move(verb as keyof typeof MOVES, id, body),
    ],
  ]

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const {method = '', url = '', headers} = request
    const body = parse(Buffer.concat(chunks).toString('utf8'))
    const {authorization} = headers
    const call: OriginalCall = {method, path: url, authorization, body: body ?? {}}
    this.calls.push(call)
    const [status, answer] = this.#route(call, body === undefined)
    if (this.loses(call)) {
      response.destroy()
      return
    }
    const isText = typeof answer === 'string'
    response.writeHead(status, {'content-type': isText ? 'text/plain' : 'application/json'})
    response.end(isText ? answer : `${JSON.stringify(answer)}\n`)
  }

  #route(call: OriginalCall, isUnreadable: boolean): Answer {
    const [path = ''] = call.path.split('?')
    for (const [method, pattern, handler] of this.#routes) {
      const match = pattern.exec(path)
      if (!match || method !== call.method) continue
      if (call.authorization !== `Bearer ${this.token}`) return failure(401, 'invalid token')
      return isUnreadable ? failure(400, 'invalid request body') : handler(call, match.slice(1))
    }
    this.strange.add(path)
    return [404, '404 page not found\n']
  }

  #register(body: Body): Answer {
    const wanted = body.runtimes as {type: string; name: string}[]
    const runtimes = wanted.map(({type, name}) => {
      const id = this.runtimeOf(type) ?? newId()
      this.#runtimes.set(id, {id, provider: type, name})
      return {...this.#runtimes.get(id), workspace_id: body.workspace_id, status: 'online'}
    })
    return [200, {runtimes, repos: []}]
  }

  #heartbeat(body: Body): Answer {
    return this.#runtimes.has(String(body.runtime_id)) ? OK : failure(500, 'heartbeat failed')
  }

  #claim(runtimeId: string | undefined): Answer {
    const task = [...this.tasks.values()].find(
      (one) => one.runtime_id === runtimeId && one.status === 'queued',
    )
    if (!task) return [200, {task: null}]
    task.status = 'dispatched'
    const agent = {id: newId(), name: 'Worker', instructions: ''}
    return [200, {task: {...shape(task), workspace_id: this.workspaceId, agent}}]
  }

  #status(id: string | undefined): Answer {
    const task = this.tasks.get(id ?? '')
    return task ? [200, {status: task.status}] : failure(404, 'task not found')
  }

  #say(body: Body, id: string | undefined): Answer {
    const messages = (body.messages ?? []) as Body[]
    const task = this.tasks.get(id ?? '')
    if (messages.length === 0) return OK
    if (!task) return failure(404, 'task not found')
    task.messages.push(...messages)
    return OK
  }

  #move(verb: keyof typeof MOVES, id: string | undefined, body: Body): Answer {
    const task = this.tasks.get(id ?? '')
    const {from, to} = MOVES[verb]
    if (!task || !from.includes(task.status)) {
      return failure(400, `${verb} task: no rows in result set`)
    }
    task.status = to
    if (verb === 'complete') task.result = body
    if (verb === 'fail') task.error = String(body.error)
    return [200, shape(task)]
  }
}

/** What is allowed from where (contract §1.7). */
const MOVES = {
  start: {from: ['dispatched'], to: 'running'},
  complete: {from: ['running'], to: 'completed'},
  fail: {from: ['dispatched', 'running'], to: 'failed'},
}

/** The Task object (contract §1.6), without the fields that only a claim has. */
function shape({messages: _, ...task}: OriginalTask) {
  return {
    ...task,
    agent_id: newId(),
    issue_id: newId(),
    workspace_id: '',
    priority: 0,
    dispatched_at: null,
    started_at: null,
    completed_at: null,
    created_at: '2026-03-30T12:00:00Z',
  }
}

/** Undefined for what is no JSON, such as a compressed body. */
function parse(text: string): Body | undefined {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
