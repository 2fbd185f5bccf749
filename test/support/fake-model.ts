import {createServer, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {json} from 'node:stream/consumers'
import type {Block, Turn} from './fake-anthropic.js'

export interface FakeModelServer {
  url: string
  /** Bodies of the requests that turns have answered. */
  readonly requests: readonly string[]
  /** The turns of the next run; what an earlier run has left over is dropped. */
  play(...turns: Turn[]): void
  close(): Promise<void>
}

export interface ModelCall<Body> {
  path: string
  body: Body
  res: ServerResponse
  /** The answer that is due now; counted as asked for. */
  next(): Turn
}

/**
 * A server for models that a test has written down.
 * @param answer speaks the API: answers one POST
 */
export async function startFakeModel<Body>(
  answer: (call: ModelCall<Body>) => void,
): Promise<FakeModelServer> {
  let turns: Turn[] = []
  const requests: string[] = []
  const server = createServer((req, res) => {
    const path = (req.url ?? '').replace(/\?.*/, '')
    if (req.method !== 'POST') {
      sendJson(res, 200, {object: 'list', data: []})
      return
    }
    json(req)
      .then((body) => {
        const next = () => {
          requests.push(JSON.stringify(body))
          return turns.shift() ?? [{text: 'Nothing more to say.'}]
        }
        answer({path, body: body as Body, res, next})
      })
      .catch(() => res.destroy())
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

export function sendJson(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, {'content-type': 'application/json'})
  res.end(JSON.stringify(body))
}

/** Text in small pieces, as models say it. */
export const pieces = (text: string): string[] => text.match(/[\s\S]{1,12}/gu) ?? []

let lastId = 0
/** An id that no other answer has. */
export const uniqueId = (prefix: string): string => `${prefix}_${++lastId}`

export interface OfferedTool {
  name: string
  /** Names of its parameters, where the API tells them. */
  parameters?: readonly string[]
}

/** The call of whatever shell tool the agent offers. */
export function shellCall(
  block: Extract<Block, {shell: string}>,
  tools: readonly OfferedTool[],
): {name: string; input: Record<string, unknown>} {
  const tool = tools.find(({name}) =>
    /^(bash|shell|exec_command|shell_command|run_shell_command)$/i.test(name),
  )
  if (!tool) throw new Error(`no shell among ${tools.map(({name}) => name).join(', ')}`)
  if (tool.name === 'exec_command') return {name: tool.name, input: {cmd: block.shell}}
  const input = {command: block.shell, description: 'Runs a command'}
  return {name: tool.name, input}
}
