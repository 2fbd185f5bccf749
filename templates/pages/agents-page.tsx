import {Avatar} from '../components/actor.js'
import {Shell} from '../components/shell.js'
import {Octicon, Spinner} from '../icons/octicon.js'
import type {AgentBrief, PageState} from '../state/page-state.js'
import {plural} from '../text/duration.js'

/** Who can be put on issues, on which machine, and what each does at this moment. */
export function AgentsPage({state}: {state: PageState}) {
  return (
    <Shell state={state} tab="agents">
      <div class="page-head">
        <h1 class="page-title">Agents</h1>
      </div>
      <section class="card" aria-label="Agents">
        {state.agents.length === 0 ? (
          <div class="blank">
            <Octicon name="hubot" class="tone-muted" />
            <h2>No agents yet</h2>
            <p>
              Start a daemon with <code>multica daemon start</code>, then make one with{' '}
              <code>multica agent create</code>.
            </p>
          </div>
        ) : (
          <ul class="list">
            {state.agents.map((agent) => (
              <AgentItem key={agent.id} state={state} agent={agent} />
            ))}
          </ul>
        )}
      </section>
    </Shell>
  )
}

function AgentItem({state, agent}: {state: PageState; agent: AgentBrief}) {
  const runtime = state.runtimes.find(({id}) => id === agent.runtime_id)
  const tasks = state.tasks.filter(({agent_id}) => agent_id === agent.id)
  const where = [runtime?.provider, runtime?.name, runtime?.device_info]
  return (
    <li class="list-item">
      <span class="list-mark">
        <Avatar type="agent" name={agent.name} />
      </span>
      <div class="list-main">
        <span class="list-title">{agent.name}</span>{' '}
        <span class={`label label-${agent.status}`}>{agent.status}</span>
        {agent.description && <div class="list-sub">{agent.description}</div>}
        <div class="list-sub">{[...new Set(where)].filter(Boolean).join(' · ')}</div>
        {tasks.map((task) => (
          <div key={task.id} class="list-sub agent-run">
            {task.status === 'queued' ? <Octicon name="clock" /> : <Spinner />}
            <a href={`/${state.workspace.slug}/tasks/${task.id}`}>
              {task.issue_identifier ?? 'Run'} {task.issue_title}
            </a>
          </div>
        ))}
      </div>
      <div class="list-aside">{tasks.length > 0 && plural(tasks.length, 'run')}</div>
    </li>
  )
}
