import {Command, Errors, Flags, type Interfaces} from '@oclif/core'
import {type Api, createApi} from '../client/api.js'
import {createHttpClient, type HttpClient} from '../client/http-client.js'
import {withSafeRetries} from '../client/safe-retries.js'
import {AppError, invalid} from '../errors.js'
import type {Workspace} from '../protocol/workspace.js'
import {processEnvironment} from '../settings/environment.js'
import {type GlobalFlags, readSettings, type Settings} from '../settings/settings.js'
import {describeError, withPrefix} from './describe-error.js'
import {exitCodeOf, Interruption} from './exit-codes.js'
import {listenForInterruption} from './interruption.js'
import {type OutputChoice, wantsJson} from './output-flags.js'
import {requireOwnPlace} from './require-own-place.js'

export {outputFlags} from './output-flags.js'

const HELP_GROUP = 'GLOBAL'

/**
 * What every command has: the global flags, settings, a client of the server, one signal that ends
 * it, and errors that become one line on standard error and an exit code (design §5).
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    'server-url': Flags.string({
      description: 'server to talk to (MULTICA_SERVER_URL)',
      helpGroup: HELP_GROUP,
    }),
    'workspace-id': Flags.string({
      description: 'workspace, by id or slug (MULTICA_WORKSPACE_ID)',
      helpGroup: HELP_GROUP,
    }),
    profile: Flags.string({
      description: 'set of settings to use; each has a server and a sign-in of its own',
      helpGroup: HELP_GROUP,
    }),
  }

  /** True for a command that makes a profile; others refuse one that does not exist. */
  protected readonly makesProfile: boolean = false

  #globals: GlobalFlags & {profile?: string | undefined} = {}
  #settings: Settings | undefined
  #signal: AbortSignal | undefined

  /** The workspace that `--workspace-id` names, whatever the settings say. */
  protected get workspaceFlag(): string | undefined {
    return this.#globals['workspace-id']
  }

  /** The server that `--server-url` names. */
  protected get serverUrlFlag(): string | undefined {
    return this.#globals['server-url']
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    this.#globals = parsed.flags as GlobalFlags & {profile?: string}
    return parsed
  }

  /** Where this command works: flag, then variable, then file. To be read after `parse`. */
  protected get settings(): Settings {
    this.#settings ??= requireOwnPlace(
      readSettings({
        profile: this.#globals.profile,
        flags: this.#globals,
        env: processEnvironment(),
        allowNewProfile: this.makesProfile,
      }),
    )
    return this.#settings
  }

  /** Aborts on Ctrl-C, SIGTERM and a closed standard output; asking for it takes these over. */
  protected get signal(): AbortSignal {
    this.#signal ??= listenForInterruption()
    return this.#signal
  }

  /** A client that acts as the signed-in user, or inside a run as its agent. */
  protected client(): HttpClient {
    const {serverUrl, token, workspaceId, agentId, taskId} = this.settings
    if (!token) throw notSignedIn()
    const actor = agentId && taskId ? {'x-agent-id': agentId, 'x-task-id': taskId} : {}
    return createHttpClient({serverUrl, token, workspaceId, headers: actor})
  }

  /**
   * The server's calls.
   * @param retry false for a caller with a patience of its own; else what is safe to repeat survives
   *   a short cut
   */
  protected api({retry = true} = {}): Api {
    const client = this.client()
    return createApi(retry ? withSafeRetries(client) : client)
  }

  /**
   * The same, inside a workspace: the one that is set, or the only one there is.
   * @throws AppError when there are several to choose from
   */
  protected async workspaceApi(options: {retry?: boolean} = {}): Promise<Api> {
    const {workspaceId, token} = this.settings
    if (workspaceId || token?.startsWith(TASK_TOKEN_PREFIX)) return this.api(options)
    const only = onlyWorkspace(await this.api(options).workspaces())
    this.#settings = {...this.settings, workspaceId: only.id}
    return this.api(options)
  }

  /** Awaits a call and puts into words what was tried, should it fail. */
  protected async trying<T>(what: string, call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      throw withPrefix(error, what)
    }
  }

  /** Data on standard output: JSON for scripts, else what `render` makes of it for people. */
  protected print(flags: OutputChoice, value: unknown, render: () => string): void {
    const text = wantsJson(flags) ? JSON.stringify(value, null, 2) : render()
    if (text !== '') this.log(text)
  }

  protected override async catch(thrown: Error & {oclif?: {exit?: number}}): Promise<void> {
    // A wait that the signal ended says only that; the signal knows why.
    const isAbort = thrown.name === 'AbortError' && this.#signal?.aborted === true
    const error: typeof thrown = isAbort ? this.#signal?.reason : thrown
    // Help, version, and commands that have said everything themselves.
    if (error.oclif?.exit === 0 || error instanceof Errors.ExitError) throw error
    if (!(error instanceof Interruption)) {
      process.stderr.write(`Error: ${describeError(error, this.#settings?.serverUrl)}\n`)
      if (processEnvironment().DEBUG) process.stderr.write(`${error.stack}\n`)
    }
    this.exit(exitCodeOf(error))
  }
}

/** A run's token names its workspace by itself. */
const TASK_TOKEN_PREFIX = 'mult_'

function onlyWorkspace(workspaces: readonly Workspace[]): Workspace {
  const [only, ...others] = workspaces
  if (!only) throw invalid('you are in no workspace yet; ask for an invitation or create one')
  if (others.length === 0) return only
  const slugs = workspaces.map(({slug}) => slug).join(', ')
  throw invalid(
    `workspace ID is required; use --workspace-id or set MULTICA_WORKSPACE_ID (yours: ${slugs})`,
  )
}

function notSignedIn(): AppError {
  return new AppError('unauthorized', `not authenticated: run "multica login" first`)
}
