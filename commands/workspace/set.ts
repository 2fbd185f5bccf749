import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {parseDays} from '../../src/cli/parse-days.js'
import {invalid} from '../../src/errors.js'
import type {WorkspaceChange} from '../../src/protocol/workspace.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class WorkspaceSet extends BaseCommand {
  static override summary = 'Change a workspace'
  static override description =
    'For its owner and admins. With --retention the server deletes transcripts of runs that ended longer ago, once an hour; the runs stay with their results.'
  static override examples = [
    '<%= config.bin %> workspace set --retention 90d',
    '<%= config.bin %> workspace set my-team --name "My team" --retention forever',
  ]
  static override args = {workspace: Args.string({description: 'id or slug'})}
  static override flags = {
    name: Flags.string({description: 'new name'}),
    description: Flags.string({description: 'what it is for'}),
    retention: Flags.string({description: 'how long to keep transcripts: 90d, 1y, forever'}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(WorkspaceSet)
    const {name, description, retention} = flags
    const change: WorkspaceChange = {
      ...(name !== undefined && {name}),
      ...(description !== undefined && {description}),
      ...(retention !== undefined && {
        retention_days: retention === 'forever' ? null : parseDays(retention, '--retention'),
      }),
    }
    if (Object.keys(change).length === 0) {
      throw invalid('nothing to change: give --name, --description or --retention')
    }
    const id = requireWorkspace(args.workspace, this.settings)
    const workspace = await this.trying('set workspace', this.api().changeWorkspace(id, change))
    this.print(flags, workspace, () =>
      formatTable(
        ['ID', 'NAME', 'SLUG', 'RETENTION'],
        [
          [
            workspace.id,
            workspace.name,
            workspace.slug,
            workspace.retention_days === null ? 'forever' : `${workspace.retention_days} days`,
          ],
        ],
      ),
    )
  }
}
