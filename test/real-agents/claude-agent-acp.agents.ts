// The real Claude Code's agent for ACP, from an issue to its result, against a model that a test has written down.
import {USAGE} from '../support/fake-anthropic.js'
import {describeRealAgent} from '../support/real-cases.js'

describeRealAgent('claude-agent-acp', {
  tools: ['Bash', 'Bash'],
  output: /^4200\n4201$/m,
  tellsFailure: true,
  usage: {
    input_tokens: 3 * USAGE.input_tokens,
    output_tokens: 3 * USAGE.output_tokens,
    cache_read_tokens: 3 * USAGE.cache_read_input_tokens,
    cache_write_tokens: 3 * USAGE.cache_creation_input_tokens,
  },
  sessions: '.claude/projects',
})
