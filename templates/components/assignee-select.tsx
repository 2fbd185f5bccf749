import type {PageState} from '../state/page-state.js'
import type {AssigneeChoice} from './actions.js'

interface AssigneeSelectProps {
  state: Pick<PageState, 'agents' | 'members'>
  value: AssigneeChoice | null
  disabled?: boolean
  onChoose: (choice: AssigneeChoice | null) => void
}

/** Agents first: putting one on the issue is what most readers come for. */
export function AssigneeSelect({state, value, disabled, onChoose}: AssigneeSelectProps) {
  const {agents, members} = state
  return (
    <select
      class="form-select select-wide"
      aria-label="Assignee"
      value={keyOf(value)}
      disabled={disabled}
      onChange={(event) => onChoose(parseKey(event.currentTarget.value))}
    >
      <option value="">No one</option>
      {value && !isKnown(state, value) && (
        <option value={keyOf(value)} selected>
          Somebody who is not shown to you
        </option>
      )}
      {agents.length > 0 && (
        <optgroup label="Agents">
          {agents.map(({id, name, status}) => (
            <option key={id} value={`agent ${id}`} selected={value?.id === id}>
              {status === 'offline' ? `${name} (offline)` : name}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="People">
        {members.map(({user_id, name}) => (
          <option key={user_id} value={`member ${user_id}`} selected={value?.id === user_id}>
            {name}
          </option>
        ))}
      </optgroup>
    </select>
  )
}

const isKnown = ({agents, members}: AssigneeSelectProps['state'], {id}: AssigneeChoice): boolean =>
  agents.some((agent) => agent.id === id) || members.some(({user_id}) => user_id === id)

const keyOf = (choice: AssigneeChoice | null): string =>
  choice ? `${choice.type} ${choice.id}` : ''

function parseKey(key: string): AssigneeChoice | null {
  const [type, id] = key.split(' ')
  return id && (type === 'agent' || type === 'member') ? {type, id} : null
}
