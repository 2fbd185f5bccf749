import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {parseStatus} from '../../src/cli/issue-flags.js'
import {formatIssues} from '../../src/cli/issue-output.js'
import {wantsJson} from '../../src/cli/output-flags.js'
import {listActors, resolveActor} from '../../src/cli/resolve-actor.js'
import {ISSUE_PRIORITIES} from '../../src/protocol/issue.js'

export default class IssueList extends BaseCommand {
  static override description = 'List issues'
  static override examples = [
    '<%= config.bin %> issue list --status todo --assignee claude',
    '<%= config.bin %> issue list --json --limit 500',
  ]
  static override flags = {
    status: Flags.string({description: 'only issues with this status'}),
    priority: Flags.option({options: ISSUE_PRIORITIES, description: 'only with this priority'})(),
    assignee: Flags.string({description: 'only of this agent or person, by name or id'}),
    limit: Flags.integer({description: 'how many at most', default: 50, min: 1, max: 500}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(IssueList)
    const api = await this.workspaceApi()
    const needsActors = flags.assignee !== undefined || !wantsJson(flags)
    const actors = needsActors ? await listActors(api, this.settings.workspaceId) : []
    const query = {
      status: flags.status ? parseStatus(flags.status) : undefined,
      priority: flags.priority,
      limit: flags.limit,
      assignee_id: flags.assignee ? resolveActor(flags.assignee, actors).id : undefined,
    }
    const {issues} = await this.trying('list issues', api.issues(query))
    this.print(flags, issues, () => formatIssues(issues, actors))
  }
}
