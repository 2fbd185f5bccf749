import {Args, Flags} from '@oclif/core'
import {agentFieldFlags, readAgentFields} from '../../src/cli/agent-flags.js'
import {policyOf} from '../../src/cli/approval-flags.js'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findAgent, findRuntime, requireFreeName} from '../../src/cli/find-agent.js'
import {formatTable} from '../../src/cli/format-table.js'
import {invalid} from '../../src/errors.js'

export default class AgentUpdate extends BaseCommand {
  static override summary = 'Change an agent; what is not named stays as it is'
  static override description =
    'Approvals count for runs that are claimed from now on. New --allow, --ask and --deny replace the rules before; see docs/people-in-the-loop.md.'
  static override examples = [
    '<%= config.bin %> agent update reviewer --max-cost 2.50',
    '<%= config.bin %> agent update reviewer --instructions-file reviewer.md',
    '<%= config.bin %> agent update claude --approvals ask --allow Read --allow "mcp__docs__*"',
  ]
  static override args = {agent: Args.string({description: 'name or id', required: true})}
  static override flags = {
    name: Flags.string({description: 'what people call it'}),
    runtime: Flags.string({description: 'where it runs: id, name or provider, see runtime list'}),
    ...agentFieldFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(AgentUpdate)
    const {name, runtime} = flags
    const fields = await readAgentFields(flags)
    if ([name, runtime, ...Object.values(fields)].every((value) => value === undefined)) {
      throw invalid('no fields to update; use flags like --name, --instructions, --approvals')
    }
    const api = await this.workspaceApi()
    const agents = await this.trying('update agent', api.agents())
    const known = findAgent(args.agent, agents)
    const others = agents.filter(({id}) => id !== known.id)
    if (name !== undefined) requireFreeName(name, others)
    const change = {
      name,
      ...fields,
      ...(runtime !== undefined && {runtime_id: findRuntime(runtime, await api.runtimes()).id}),
      approvals: policyOf(flags, known.approvals),
    }
    const agent = await this.trying('update agent', api.updateAgent(known.id, change))
    const row = [agent.id, agent.name, agent.status, agent.runtime_mode, agent.approvals.mode]
    this.print(flags, agent, () =>
      formatTable(['ID', 'NAME', 'STATUS', 'RUNTIME', 'APPROVALS'], [row]),
    )
  }
}
