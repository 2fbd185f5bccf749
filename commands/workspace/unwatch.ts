import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeState} from '../../src/daemon/state-file.js'
import {AppError} from '../../src/errors.js'
import {type ConfigFile, openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {removeWatched} from '../../src/settings/watched-workspaces.js'

type Watched = NonNullable<ConfigFile['watched_workspaces']>

export default class WorkspaceUnwatch extends BaseCommand {
  static override description = 'No longer run the agents of a workspace on this machine'
  static override examples = ['<%= config.bin %> workspace unwatch my-team']
  static override args = {
    workspace: Args.string({description: 'id, name or slug', required: true}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(WorkspaceUnwatch)
    const {profile, stateDir} = this.settings
    const config = openConfig(profile, processEnvironment())
    const id = await this.#watchedId(args.workspace, config.read().watched_workspaces ?? [])
    await config.change((now) => removeWatched(now, id) ?? now)
    // The daemon adds workspaces that it finds; this one is to stay away (contract §5.5).
    await changeState(stateDir, (state) => ({
      ...state,
      unwatched: [...new Set([...state.unwatched, id])],
    }))
    this.logToStderr(`Stopped watching workspace ${id}`)
  }

  /** The server is asked only where the list itself does not tell: it may be gone for good. */
  async #watchedId(named: string, watched: Watched): Promise<string> {
    const here = watched.find(({id, name}) => id === named || name === named)
    if (here) return here.id
    const there = watched.length > 0 ? await this.#onServer(named) : undefined
    if (there && watched.some(({id}) => id === there.id)) return there.id
    const list = watched.map(({id, name}) => (name ? `${name} (${id})` : id)).join(', ') || 'none'
    throw new AppError('not_found', `workspace ${named} is not being watched; watched: ${list}`)
  }

  async #onServer(named: string): Promise<{id: string} | undefined> {
    try {
      return await this.api().workspace(named)
    } catch {
      // It is away, or nobody is signed in: the list is what there is.
      return undefined
    }
  }
}
