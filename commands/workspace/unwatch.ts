import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeState} from '../../src/daemon/state-file.js'
import {AppError} from '../../src/errors.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {removeWatched} from '../../src/settings/watched-workspaces.js'

export default class WorkspaceUnwatch extends BaseCommand {
  static override description = 'No longer run the agents of a workspace on this machine'
  static override examples = ['<%= config.bin %> workspace unwatch my-team']
  static override args = {
    workspace: Args.string({description: 'id', required: true}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(WorkspaceUnwatch)
    const {profile, stateDir} = this.settings
    const id = args.workspace
    await openConfig(profile, processEnvironment()).change((config) => {
      const changed = removeWatched(config, id)
      if (!changed) throw new AppError('not_found', `workspace ${id} is not being watched`)
      return changed
    })
    // The daemon adds workspaces that it finds; this one is to stay away (contract §5.5).
    await changeState(stateDir, (state) => ({
      ...state,
      unwatched: [...new Set([...state.unwatched, id])],
    }))
    this.logToStderr(`Stopped watching workspace ${id}`)
  }
}
