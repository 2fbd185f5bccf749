import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeState} from '../../src/daemon/state-file.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {addWatched, type WatchChange} from '../../src/settings/watched-workspaces.js'

export default class WorkspaceWatch extends BaseCommand {
  static override description = 'Let this machine run the agents of a workspace'
  static override examples = ['<%= config.bin %> workspace watch my-team']
  static override args = {
    workspace: Args.string({description: 'id or slug', required: true}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(WorkspaceWatch)
    const {profile, stateDir} = this.settings
    const call = this.api().workspace(args.workspace)
    const {id, name} = await this.trying('workspace not found', call)
    let change: WatchChange | undefined
    await openConfig(profile, processEnvironment()).change((config) => {
      change = addWatched(config, {id, name})
      return change.config
    })
    await changeState(stateDir, (state) => ({
      ...state,
      unwatched: state.unwatched.filter((other) => other !== id),
    }))
    const verb = change?.added ? 'Watching' : 'Already watching'
    this.logToStderr(`${verb} workspace ${id} (${name})`)
    if (change?.madeDefault) this.logToStderr(`Set default workspace to ${id} (${name})`)
  }
}
