import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable, shorten} from '../../src/cli/format-table.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class WorkspaceGet extends BaseCommand {
  static override description = 'Show one workspace'
  static override examples = ['<%= config.bin %> workspace get my-team --output table']
  static override args = {workspace: Args.string({description: 'id or slug'})}
  static override flags = {...outputFlags('json')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(WorkspaceGet)
    const wanted = requireWorkspace(args.workspace, this.settings)
    const workspace = await this.trying('get workspace', this.api().workspace(wanted))
    const {id, name, slug, description, context} = workspace
    this.print(flags, workspace, () =>
      formatTable(
        ['ID', 'NAME', 'SLUG', 'DESCRIPTION', 'CONTEXT'],
        [[id, name, slug, shorten(description, 60), shorten(context, 60)]],
      ),
    )
  }
}
