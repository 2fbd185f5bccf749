import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class WorkspaceMembers extends BaseCommand {
  static override description = 'List the people of a workspace'
  static override examples = ['<%= config.bin %> workspace members my-team --json']
  static override args = {workspace: Args.string({description: 'id or slug'})}
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(WorkspaceMembers)
    const id = requireWorkspace(args.workspace, this.settings)
    const members = await this.trying('list members', this.api().members(id))
    const rows = members.map((member) => [member.user_id, member.name, member.email, member.role])
    this.print(flags, members, () => formatTable(['USER ID', 'NAME', 'EMAIL', 'ROLE'], rows))
  }
}
