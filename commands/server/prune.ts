import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {parseDays} from '../../src/cli/parse-days.js'
import {ApiError} from '../../src/client/http-client.js'
import {AppError} from '../../src/errors.js'
import type {Workspace} from '../../src/protocol/workspace.js'

interface Row {
  workspace: string
  tasks: number
  messages: number
}

export default class ServerPrune extends BaseCommand {
  static override summary = 'Delete transcripts of old runs'
  static override description =
    `Runs stay with their results and comments; what their agents said and did goes. Only runs that have ended are touched. Works through all workspaces that you own or administer, or the one of --workspace-id, in small portions while the server goes on.

To have it done by itself: multica workspace set --retention 90d`
  static override examples = [
    '<%= config.bin %> server prune --older-than 90d --dry-run',
    '<%= config.bin %> server prune --older-than 1y',
  ]
  static override flags = {
    'older-than': Flags.string({
      description: 'age of the end of a run: 90d, 12w, 6m, 1y',
      required: true,
    }),
    'dry-run': Flags.boolean({description: 'only tell what would go', default: false}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(ServerPrune)
    const days = parseDays(flags['older-than'], '--older-than')
    const rows: Row[] = []
    for (const workspace of await this.#workspaces()) {
      const body = {older_than_days: days, dry_run: flags['dry-run']}
      const row = await this.#pruneIfAllowed(workspace, body)
      if (row) rows.push(row)
    }
    if (rows.length === 0) {
      throw new AppError('forbidden', 'you are owner or administrator of no workspace here')
    }
    if (flags['dry-run']) this.logToStderr('Nothing was deleted; this would be:')
    this.print(flags, rows, () =>
      formatTable(
        ['WORKSPACE', 'RUNS', 'MESSAGES'],
        rows.map(({workspace, tasks, messages}) => [workspace, String(tasks), String(messages)]),
      ),
    )
  }

  async #workspaces(): Promise<Workspace[]> {
    const all = await this.trying('prune', this.api().workspaces())
    const wanted = this.workspaceFlag
    if (!wanted) return all
    const named = all.filter(({id, slug}) => id === wanted || slug === wanted)
    if (named.length > 0) return named
    const known = all.map(({slug}) => slug).join(', ') || 'none'
    throw new AppError('not_found', `unknown workspace "${wanted}"; yours are: ${known}`)
  }

  /** A workspace that was not asked for by name is left out where its member may not prune. */
  async #pruneIfAllowed(
    workspace: Workspace,
    body: {older_than_days: number; dry_run: boolean},
  ): Promise<Row | undefined> {
    try {
      return await this.#prune(workspace, body)
    } catch (error) {
      if (this.workspaceFlag || !(error instanceof ApiError && error.status === 403)) throw error
      this.logToStderr(`${workspace.slug}: left out, only its owners and administrators may prune`)
      return undefined
    }
  }

  async #prune(
    workspace: Workspace,
    body: {older_than_days: number; dry_run: boolean},
  ): Promise<Row> {
    const row = {workspace: workspace.slug, tasks: 0, messages: 0}
    for (let more = true; more; ) {
      const answer = await this.trying('prune', this.api().prune(workspace.id, body))
      row.tasks += answer.tasks
      row.messages += answer.messages
      more = answer.more
      if (answer.note) this.logToStderr(`note: ${answer.note}`)
      if (more) this.logToStderr(`${workspace.slug}: ${row.tasks} runs so far …`)
    }
    return row
  }
}
