import type {AgentSettings} from '../agents/adapter.js'
import {type Api, createApi} from '../client/api.js'
import {createHttpClient} from '../client/http-client.js'
import {type RunningDaemon, startDaemon} from '../daemon/start-daemon.js'
import type {Log} from '../log.js'
import type {Agent} from '../protocol/agent.js'
import type {Workspace} from '../protocol/workspace.js'
import type {Environment} from '../settings/environment.js'
import {readSettings} from '../settings/settings.js'
import {ensureAgents} from './agents.js'
import {localToken, signInCommandLine} from './local-account.js'
import type {LocalServer, StartServer} from './local-server.js'
import {freePort} from './port.js'

export interface StartLocalOptions {
  host: string
  port: number
  /** The user asked for this very port: a taken one is an error. */
  portIsFixed: boolean
  dataDir: string
  profile?: string | undefined
  env: Environment
  /** Agents beside those that are found on this machine. */
  agents: Record<string, AgentSettings>
  startServer: StartServer
  log: Log
  signal: AbortSignal
}

export interface LocalSystem {
  server: LocalServer
  daemon: RunningDaemon
  api: Api
  workspace: Workspace
  agents: Agent[]
  /** False: the wanted port was taken and another one is used. */
  wantedPort: boolean
  /** False: the command line stays signed in to another server. */
  signedIn: boolean
  /** Stops the daemon with its agents, then the server. */
  stop(): Promise<void>
}

/**
 * Starts server and daemon in this process, signs the local command line in, and makes an agent for
 * every program that was found. What has been started is stopped again when a later step fails.
 */
export async function startLocal(options: StartLocalOptions): Promise<LocalSystem> {
  const {host, dataDir, log, signal} = options
  const choice = options.portIsFixed
    ? {port: options.port, wanted: true}
    : await freePort(host, options.port)
  const releasers: (() => Promise<void>)[] = []
  const stop = async () => {
    let failure: unknown
    for (const release of releasers.splice(0).reverse()) {
      await release().catch((error: unknown) => {
        failure ??= error
      })
    }
    if (failure) throw failure
  }
  try {
    const server = await options.startServer({host, port: choice.port, dataDir, log})
    releasers.push(() => server.stop())
    const token = await localToken(server, dataDir)
    const api = createApi(createHttpClient({serverUrl: server.url, token}))
    const workspace = await firstWorkspace(api)
    const account = {serverUrl: server.url, token, workspace}
    const signedIn = await signInCommandLine(account, options.profile, options.env)
    const daemon = await startLocalDaemon(options, account)
    releasers.push(() => daemon.stop({stopTasks: true}))
    signal.throwIfAborted()
    const inWorkspace = createApi(
      createHttpClient({serverUrl: server.url, token, workspaceId: workspace.id}),
    )
    const agents = await ensureAgents(inWorkspace, await runtimeIds(daemon, workspace.id))
    return {
      server,
      daemon,
      api: inWorkspace,
      workspace,
      agents,
      wantedPort: choice.wanted,
      signedIn,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function firstWorkspace(api: Api): Promise<Workspace> {
  const [workspace] = await api.workspaces()
  return workspace ?? (await api.createWorkspace({name: 'Local', slug: 'local'}))
}

/** The daemon works for this server whatever the user's own settings say. */
function startLocalDaemon(
  options: StartLocalOptions,
  account: {serverUrl: string; token: string; workspace: Workspace},
): Promise<RunningDaemon> {
  // The server's database is none of the agents' business.
  const env = {...options.env, DATABASE_URL: undefined, MULTICA_TOKEN: account.token}
  const settings = readSettings({
    profile: options.profile,
    flags: {'server-url': account.serverUrl},
    env,
    allowNewProfile: true,
  })
  return startDaemon({
    settings,
    env,
    log: options.log,
    agents: options.agents,
    workspaces: [account.workspace.id],
    signal: options.signal,
  })
}

async function runtimeIds(daemon: RunningDaemon, workspaceId: string): Promise<string[]> {
  const status = await daemon.status()
  return status.workspaces.filter(({id}) => id === workspaceId).flatMap(({runtimes}) => runtimes)
}
