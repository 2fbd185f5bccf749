import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo, Socket} from 'node:net'
import {newId, newTaskToken} from '../../src/ids.js'
import type {ClaimedTask} from '../../src/protocol/task.js'

export interface Call {
  method: string
  path: string
  token: string | undefined
  body: Record<string, unknown>
}

/**
 * The daemon's side of a server, for the troubles that a real one cannot be told to have: answers by
 * the book unless `trouble` gives another status for a call.
 */
export class ScriptedServer {
  calls: Call[] = []
  workspaces: {id: string; name: string}[] = [{id: newId(), name: 'one'}]
  queued: ClaimedTask[] = []
  token = 'mul_good'
  /** An HTTP status instead of the answer, or `hang` for no answer at all. */
  trouble: (call: Call) => number | 'hang' | undefined = () => undefined
  readonly #runtimes = new Map<string, {id: string; workspace_id: string; provider: string}>()
  readonly #streams = new Map<ServerResponse, string>()
  readonly #sockets = new Set<Socket>()
  #server = this.#create()
  #port = 0

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<this> {
    this.#server = this.#create()
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Goes away; `start` brings it back on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve)
    })
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  of(path: RegExp): Call[] {
    return this.calls.filter((call) => path.test(call.path))
  }

  runtimeOf(provider: string): string {
    const runtime = [...this.#runtimes.values()].find((r) => r.provider === provider)
    if (!runtime) throw new Error(`${provider} is not registered`)
    return runtime.id
  }

  /** Forgets all runtimes, as if somebody had deleted them. */
  forgetRuntimes(): void {
    this.#runtimes.clear()
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Puts a task into the queue and tells those who follow the workspace, unless asked not to. */
  enqueue(provider: string, options: {quietly?: boolean; id?: string} = {}): ClaimedTask {
    const runtimeId = this.runtimeOf(provider)
    const task = {
      id: options.id ?? newId(),
      workspace_id: this.#runtimes.get(runtimeId)?.workspace_id,
      runtime_id: runtimeId,
      issue_identifier: 'ONE-1',
      task_token: newTaskToken(),
    } as ClaimedTask
    this.queued.push(task)
    if (!options.quietly) this.#publish({...task, status: 'queued'})
    return task
  }

  #publish(event: object): void {
    const frame = `event: task:status\ndata: ${JSON.stringify(event)}\n\n`
    for (const stream of this.#streams.keys()) stream.write(frame)
  }

  #create() {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const call: Call = {
      method: request.method ?? '',
      path: request.url ?? '',
      token: request.headers.authorization?.replace('Bearer ', ''),
      body: text === '' ? {} : JSON.parse(text),
    }
    this.calls.push(call)
    const trouble = this.trouble(call)
    if (trouble === 'hang') return
    const isTask = call.token?.startsWith('mult_') === true
    if (trouble) send(response, trouble, {error: `scripted ${trouble}`})
    else if (call.token === this.token || isTask) this.#route(call, response)
    else send(response, 401, {error: 'invalid token', code: 'unauthorized'})
  }

  #route(call: Call, response: ServerResponse): void {
    const {path, body} = call
    const claim = /^\/api\/daemon\/runtimes\/([^/]+)\/tasks\/claim$/.exec(path)
    if (path.startsWith('/api/events')) this.#stream(path, response)
    else if (path.startsWith('/api/workspaces')) send(response, 200, this.workspaces)
    else if (path === '/api/daemon/register') send(response, 200, this.#register(body))
    else if (path === '/api/daemon/heartbeat') this.#heartbeat(body, response)
    else if (claim) this.#claim(claim[1] ?? '', response)
    else send(response, 200, {status: 'ok'})
  }

  #register(body: Record<string, unknown>) {
    const workspaceId = String(body.workspace_id)
    const wanted = body.runtimes as {type: string; name: string}[]
    const runtimes = wanted.map(({type, name}) => {
      const known = [...this.#runtimes.values()].find(
        (r) => r.workspace_id === workspaceId && r.provider === type,
      )
      const runtime = known ?? {id: newId(), workspace_id: workspaceId, provider: type}
      this.#runtimes.set(runtime.id, runtime)
      return {...runtime, name, status: 'online'}
    })
    return {runtimes, repos: []}
  }

  #heartbeat(body: Record<string, unknown>, response: ServerResponse): void {
    const known = this.#runtimes.has(String(body.runtime_id))
    if (known) send(response, 200, {status: 'ok'})
    else send(response, 404, {error: 'runtime not found', code: 'not_found'})
  }

  #claim(runtimeId: string, response: ServerResponse): void {
    if (!this.#runtimes.has(runtimeId)) {
      send(response, 404, {error: 'runtime not found', code: 'not_found'})
      return
    }
    const at = this.queued.findIndex((task) => task.runtime_id === runtimeId)
    send(response, 200, {task: at < 0 ? null : this.queued.splice(at, 1)[0]})
  }

  #stream(path: string, response: ServerResponse): void {
    response.writeHead(200, {'content-type': 'text/event-stream'})
    response.write(': open\n\n')
    this.#streams.set(response, path)
    response.on('close', () => this.#streams.delete(response))
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {'content-type': 'application/json'})
  response.end(JSON.stringify(body))
}
