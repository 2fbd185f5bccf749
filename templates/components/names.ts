import type {PageState} from '../state/page-state.js'
import type {NameOf} from '../text/activity.js'

/** Looks up names among the agents and members that the page knows. */
export function nameLookup({agents, members}: Pick<PageState, 'agents' | 'members'>): NameOf {
  return (type, id) =>
    type === 'agent'
      ? (agents.find((agent) => agent.id === id)?.name ?? '')
      : (members.find((member) => member.user_id === id)?.name ?? '')
}
