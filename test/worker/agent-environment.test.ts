import assert from 'node:assert/strict'
import {delimiter} from 'node:path'
import {test} from 'node:test'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {agentEnvironment} from '../../src/worker/agent-environment.js'

test('a PATH of agents.json counts for the run, behind the folder of our command line', () => {
  const spec = (env: Record<string, string>) =>
    ({
      cli_bin: '/bin-of-ours',
      settings: {type: 'command', command: ['tool'], env},
      server_url: 'http://127.0.0.1',
      task: {id: 't', agent_id: 'a', workspace_id: 'w'},
    }) as unknown as TaskSpec
  const folder = {workDir: '/w', tempDir: '/t'}
  const pathOf = (env: Record<string, string>) =>
    agentEnvironment(spec(env), folder, {PATH: '/usr/bin'}).PATH
  assert.equal(pathOf({}), ['/bin-of-ours', '/usr/bin'].join(delimiter))
  assert.equal(pathOf({PATH: '/opt/tool'}), ['/bin-of-ours', '/opt/tool'].join(delimiter))
})
