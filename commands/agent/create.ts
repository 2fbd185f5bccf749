import {Flags} from '@oclif/core'
import {approvalFlags, policyOf} from '../../src/cli/approval-flags.js'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRuntime} from '../../src/cli/find-agent.js'
import {formatTable} from '../../src/cli/format-table.js'
import {maxCostFlag, parseCost} from '../../src/cli/parse-cost.js'
import {readTextFlag} from '../../src/cli/read-text.js'

export default class AgentCreate extends BaseCommand {
  static override summary = 'Make an agent that can be put on issues'
  static override description =
    'An agent runs on one runtime: a program such as claude on one machine, registered by its daemon.'
  static override examples = [
    '<%= config.bin %> agent create --name reviewer --runtime claude --instructions-file reviewer.md',
    '<%= config.bin %> agent create --name careful --runtime claude --approvals ask --allow Read',
  ]
  static override flags = {
    name: Flags.string({description: 'what people call it', required: true}),
    runtime: Flags.string({
      description: 'where it runs: id, name or provider of a runtime, see runtime list',
      required: true,
    }),
    description: Flags.string({description: 'what it is for'}),
    instructions: Flags.string({
      description: 'what it is told with every issue',
      exclusive: ['instructions-file'],
    }),
    'instructions-file': Flags.string({description: 'file with them; - for standard input'}),
    'max-concurrent-tasks': Flags.integer({
      description: 'runs at the same time',
      min: 1,
      max: 1000,
    }),
    'max-cost': maxCostFlag,
    ...approvalFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(AgentCreate)
    const instructions = await readTextFlag('instructions', flags)
    const api = await this.workspaceApi()
    const runtime = findRuntime(flags.runtime, await this.trying('create agent', api.runtimes()))
    const maxCost = flags['max-cost']
    const body = {
      name: flags.name,
      runtime_id: runtime.id,
      description: flags.description,
      instructions,
      max_concurrent_tasks: flags['max-concurrent-tasks'],
      ...(maxCost !== undefined && {max_cost_usd: parseCost(maxCost, '--max-cost')}),
      approvals: policyOf(flags),
    }
    const agent = await this.trying('create agent', api.createAgent(body))
    const {id, name, status, runtime_mode} = agent
    this.print(flags, agent, () =>
      formatTable(['ID', 'NAME', 'STATUS', 'RUNTIME'], [[id, name, status, runtime_mode]]),
    )
  }
}
