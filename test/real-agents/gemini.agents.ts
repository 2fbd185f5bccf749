// The real Gemini CLI, from an issue to its result, against a model that a test has written down.
import {GEMINI_USAGE} from '../support/fake-gemini.js'
import {describeRealAgent} from '../support/real-cases.js'

describeRealAgent('gemini', {
  tools: ['run_shell_command', 'run_shell_command'],
  tellsFailure: false,
  usage: {
    model: 'gemini-2.5-flash',
    input_tokens: 3 * GEMINI_USAGE.input,
    output_tokens: 3 * GEMINI_USAGE.output,
    cache_read_tokens: null,
  },
  sessions: '.gemini/tmp',
  mayForget: true,
})
