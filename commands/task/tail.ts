import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {awaitServer, deadlineOf, followFlags, runTail} from '../../src/cli/tail/run-tail.js'

export default class TaskTail extends BaseCommand {
  static override summary = 'Follow a run until it ends'
  static override description =
    `Shows everything that an agent says and does, from the start or from where you want, and goes on until the run ends. Survives restarts of the server: nothing is lost, nothing is shown twice.

Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 cancelled, 4 not signed in or no access, 5 not found, 6 server not reachable, 124 timeout, 130 interrupted.`
  static override examples = [
    {description: 'The newest run of an issue', command: '<%= config.bin %> task tail LOC-3'},
    {
      description: 'For a script: one JSON object a line, the result last',
      command: '<%= config.bin %> task tail 3f0c2a1e-… --json --timeout 30m',
    },
    {
      description: 'Only what the agent itself has said',
      command: '<%= config.bin %> task tail LOC-3 --no-follow --raw > answer.md',
    },
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue (LOC-3 or its id) for its newest run',
      required: true,
    }),
  }
  static override flags = {
    ...followFlags,
    since: Flags.integer({description: 'show what comes after this message number', min: 0}),
    tail: Flags.integer({char: 'n', description: 'show the last N messages, then follow', min: 0}),
    follow: Flags.boolean({
      description:
        'go on until the run ends; without, show what there is (exit code 0 for a run that goes on)',
      default: true,
      allowNo: true,
    }),
    json: Flags.boolean({
      description: 'one message a line as JSON, whole, and a last line with "type":"result"',
      exclusive: ['raw'],
    }),
    raw: Flags.boolean({
      description: "the agent's own text, character by character, and nothing else",
    }),
    retry: Flags.boolean({
      description:
        'connect again for as long as it takes; without, end with 6 at the first failure',
      default: true,
      allowNo: true,
    }),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskTail)
    const {signal} = this
    const {retry} = flags
    const connect = () => this.workspaceApi({retry: false})
    const deadline = deadlineOf(flags)
    const api = await awaitServer(connect, {deadline, retry, signal})
    process.exitCode = await runTail(api, {
      ...flags,
      named: args.task,
      flags,
      format: flags.json ? 'json' : flags.raw ? 'raw' : 'lines',
      deadline,
      signal,
    })
  }
}
