import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class WorkspaceGet extends BaseCommand {
  static override description = 'Show one workspace'
  static override args = {workspace: Args.string({description: 'id or slug'})}
  static override flags = {...outputFlags('json')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(WorkspaceGet)
    const wanted = requireWorkspace(args.workspace, this.settings)
    const workspace = await this.trying('get workspace', this.api().workspace(wanted))
    this.print(flags, workspace, () =>
      formatTable(
        [workspace],
        [
          ['ID', ({id}) => id],
          ['NAME', ({name}) => name],
          ['SLUG', ({slug}) => slug],
          ['DESCRIPTION', ({description}) => shorten(description)],
          ['CONTEXT', ({context}) => shorten(context)],
        ],
      ),
    )
  }
}

/** At most 60 characters (contract §4.4). */
function shorten(text: string | null): string {
  const characters = [...(text ?? '').replaceAll(/\s+/g, ' ')]
  return characters.length > 60 ? `${characters.slice(0, 57).join('')}...` : characters.join('')
}
