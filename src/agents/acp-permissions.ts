import type {PermissionRequest} from './acp-messages.js'
import type {AgentAnswer} from './adapter.js'

type Options = PermissionRequest['options']
type Verdict = 'allow' | 'deny' | 'cancel'

const VERDICT = {allow: 'allow', answer: 'allow', deny: 'deny', cancel: 'cancel'} as const

/** Kinds of options, best first: a yes for this one call is enough. */
const KINDS: Readonly<Record<Verdict, readonly string[]>> = {
  allow: ['allow_once', 'allow_always'],
  deny: ['reject_once', 'reject_always'],
  cancel: [],
}

/**
 * The answer to a question for permission, as one of the options that were offered: their ids differ
 * between agents, their kinds do not (fault E8). Without a fitting one the question counts as cancelled.
 */
export function answerPermission(options: Options, {outcome}: AgentAnswer): object {
  const verdict = VERDICT[outcome]
  const option =
    KINDS[verdict].map((kind) => options.find((offered) => offered.kind === kind)).find(Boolean) ??
    options.find(({kind}) => verdict !== 'cancel' && likelyVerdict(kind) === verdict)
  if (!option) return {outcome: {outcome: 'cancelled'}}
  return {outcome: {outcome: 'selected', optionId: option.optionId}}
}

const likelyVerdict = (kind: string | null | undefined): Verdict =>
  /reject|deny|cancel/i.test(kind ?? '') ? 'deny' : 'allow'
