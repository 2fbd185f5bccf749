// The real Qwen Code, from an issue to its result, against a model that a test has written down.
import {OPENAI_USAGE} from '../support/fake-openai.js'
import {describeRealAgent} from '../support/real-cases.js'

describeRealAgent('qwen', {
  // A call that asks first comes without its name.
  tools: ['execute', 'run_shell_command'],
  output: /^4200\n4201$/m,
  tellsFailure: false,
  usage: {
    input_tokens: 3 * (OPENAI_USAGE.input - OPENAI_USAGE.cached),
    output_tokens: 3 * OPENAI_USAGE.output,
    cache_read_tokens: 3 * OPENAI_USAGE.cached,
  },
  sessions: '.qwen/projects',
})
