import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {exportTranscript} from '../../src/cli/export-transcript.js'
import {findTask} from '../../src/cli/tail/find-task.js'

export default class TaskExport extends BaseCommand {
  static override summary = "Write a run's whole transcript, one JSON object a line"
  static override description =
    'Goes on where it was after a lost connection. A file appears whole or not at all. A run that goes on is written as far as it is; task tail --json follows it to its end.'
  static override examples = [
    '<%= config.bin %> task export LOC-3 > run.ndjson',
    '<%= config.bin %> task export 3f0c2a1e-… --file run.ndjson',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
  }
  static override flags = {
    file: Flags.string({char: 'f', description: 'file to write instead of standard output'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskExport)
    const api = await this.workspaceApi()
    const {id} = await this.trying('export task', findTask(api, args.task))
    const task = await this.trying('export task', api.task(id))
    const count = await this.trying(
      'export task',
      exportTranscript(api.client, id, {file: flags.file, signal: this.signal}),
    )
    const state = task.sealed_at ? '' : `; the run is ${task.status}, more may come`
    this.logToStderr(
      `${count} messages of run ${id}${flags.file ? ` in ${flags.file}` : ''}${state}.`,
    )
  }
}
