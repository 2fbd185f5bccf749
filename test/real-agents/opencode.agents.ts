// The real opencode, from an issue to its result, against a model that a test has written down.
import {describeRealAgent} from '../support/real-cases.js'

describeRealAgent('opencode', {
  tools: ['bash', 'bash'],
  output: /^4200\n4201$/m,
  tellsFailure: true,
  // It tells what the last answer has used, and what the whole turn has cost.
  usage: {input_tokens: null, output_tokens: null},
  sessions: '.local/share/opencode',
})
