import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findAgent} from '../../src/cli/find-agent.js'
import {formatTable, shorten} from '../../src/cli/format-table.js'

export default class AgentGet extends BaseCommand {
  static override description = 'Show one agent'
  static override examples = ['<%= config.bin %> agent get claude --json']
  static override args = {agent: Args.string({description: 'name or id', required: true})}
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(AgentGet)
    const api = await this.workspaceApi()
    const {id} = findAgent(args.agent, await this.trying('get agent', api.agents()))
    const agent = await this.trying('get agent', api.agent(id))
    const {name, status, runtime_id, max_concurrent_tasks, instructions} = agent
    const row = [
      id,
      name,
      status,
      runtime_id,
      String(max_concurrent_tasks),
      shorten(instructions, 60),
    ]
    this.print(flags, agent, () =>
      formatTable(['ID', 'NAME', 'STATUS', 'RUNTIME ID', 'MAX TASKS', 'INSTRUCTIONS'], [row]),
    )
  }
}
