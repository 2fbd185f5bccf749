import {Flags} from '@oclif/core'
import {agentFieldFlags, readAgentFields} from '../../src/cli/agent-flags.js'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRuntime, requireFreeName} from '../../src/cli/find-agent.js'
import {formatTable} from '../../src/cli/format-table.js'

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
    ...agentFieldFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(AgentCreate)
    const fields = await readAgentFields(flags)
    const api = await this.workspaceApi()
    requireFreeName(flags.name, await this.trying('create agent', api.agents()))
    const runtime = findRuntime(flags.runtime, await this.trying('create agent', api.runtimes()))
    const body = {name: flags.name, runtime_id: runtime.id, ...fields}
    const agent = await this.trying('create agent', api.createAgent(body))
    const {id, name, status, runtime_mode} = agent
    this.print(flags, agent, () =>
      formatTable(['ID', 'NAME', 'STATUS', 'RUNTIME'], [[id, name, status, runtime_mode]]),
    )
  }
}
