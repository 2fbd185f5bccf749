// The real Codex' agent for ACP, from an issue to its result, against a model that a test has written down.
import {describeRealAgent} from '../support/real-cases.js'

describeRealAgent('codex-acp', {
  tools: ['execute', 'search'],
  output: /^4200\n4201$/m,
  tellsFailure: true,
  usage: null,
  sessions: '.codex/sessions',
})
