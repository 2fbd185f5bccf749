import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {issueFieldFlags, parseLocalDir, parseStatus} from '../../src/cli/issue-flags.js'
import {formatChangedIssue} from '../../src/cli/issue-output.js'
import {issueUrl} from '../../src/cli/issue-url.js'
import {maxCostFlag, parseCost} from '../../src/cli/parse-cost.js'
import {readTextFlag} from '../../src/cli/read-text.js'
import {listActors, resolveActor} from '../../src/cli/resolve-actor.js'
import {requireRun} from '../../src/cli/tail/require-run.js'
import {followFlags, runTail} from '../../src/cli/tail/run-tail.js'
import type {Api} from '../../src/client/api.js'
import {invalid} from '../../src/errors.js'
import type {NewIssue} from '../../src/protocol/issue.js'

export default class IssueCreate extends BaseCommand {
  static override summary = 'File an issue, and put an agent on it'
  static override description =
    `An issue that is assigned to an agent gets status todo unless --status says otherwise, and todo is what starts the agent.

With --follow the run is shown until it ends, and its result is the exit code, as with task tail.`
  static override examples = [
    '<%= config.bin %> issue create --title "Sign-in fails with a plus in the address" --assignee claude --follow',
    '<%= config.bin %> issue create --title "Write release notes" --description-file notes.md --output table',
  ]
  static override flags = {
    title: Flags.string({description: 'what it is about, in one line', required: true}),
    ...issueFieldFlags,
    parent: Flags.string({description: 'issue that this one is a part of'}),
    'max-cost': maxCostFlag,
    follow: Flags.boolean({description: 'show the run until it ends', default: false}),
    ...followFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {flags, metadata} = await this.parse(IssueCreate)
    const api = await this.workspaceApi()
    const body = await this.#body(api, flags)
    if (flags.follow && !(body.assignee_type === 'agent' && body.status === 'todo')) {
      throw invalid('--follow needs --assignee with an agent, and status todo, which starts it')
    }
    const issue = await this.trying('create issue', api.createIssue(body))
    if (issue.enqueue_error) this.logToStderr(`No run was started: ${issue.enqueue_error}`)
    if (!flags.follow) return this.print(flags, issue, () => formatChangedIssue(issue))
    const page = await issueUrl(api, this.settings.appUrl, issue)
    this.logToStderr(`Issue ${issue.identifier} created.${page ? ` Watch it at ${page}` : ''}`)
    const asJson = flags.json || (flags.output === 'json' && !metadata.flags.output?.setFromDefault)
    process.exitCode = await runTail(api, {
      named: requireRun(issue),
      flags,
      format: asJson ? 'json' : 'lines',
      signal: this.signal,
    })
  }

  async #body(
    api: Api,
    flags: {title: string; assignee?: string | undefined; [flag: string]: unknown},
  ): Promise<NewIssue> {
    const assignee =
      flags.assignee === undefined
        ? undefined
        : resolveActor(flags.assignee, await listActors(api, this.settings.workspaceId))
    const status = flags.status ? parseStatus(String(flags.status)) : undefined
    const initial = assignee?.type === 'agent' ? 'todo' : undefined
    const description = await readTextFlag('description', flags)
    return {
      title: flags.title,
      ...(description && {description}),
      status: status ?? initial,
      priority: flags.priority as NewIssue['priority'],
      ...(assignee && {assignee_type: assignee.type, assignee_id: assignee.id}),
      parent_issue_id: flags.parent as string | undefined,
      due_date: flags['due-date'] as string | undefined,
      ...(flags['max-cost'] !== undefined && {
        max_cost_usd: parseCost(String(flags['max-cost']), '--max-cost'),
      }),
      ...(flags.dir !== undefined && {
        local_dir: parseLocalDir(String(flags.dir), flags.worktree === true),
      }),
    }
  }
}
