import type {ServerContext} from './context.js'
import {type AccountService, createAccountService} from './services/accounts.js'
import {type AgentService, createAgentService} from './services/agents.js'
import {type ClaimService, createClaimService} from './services/claims.js'
import {type CommentService, createCommentService} from './services/comments.js'
import {createDiffService, type DiffService} from './services/diffs.js'
import {createInputService, type InputService} from './services/inputs.js'
import {createIssueService, type IssueService} from './services/issues.js'
import {createPingService, type PingService} from './services/pings.js'
import {createRequestService, type RequestService} from './services/requests.js'
import {createRunService, type RunService} from './services/runs.js'
import {createRuntimeService, type RuntimeService} from './services/runtimes.js'
import {createSkillService, type SkillService} from './services/skills.js'
import {createTaskEnding, type TaskEnding} from './services/task-ending.js'
import {createTaskService, type TaskService} from './services/tasks.js'
import {createUsageService, type UsageService} from './services/usage.js'
import {createWorkspaceService, type WorkspaceService} from './services/workspaces.js'

/** The rules of the server, free of HTTP. */
export interface Services {
  ending: TaskEnding
  accounts: AccountService
  workspaces: WorkspaceService
  agents: AgentService
  skills: SkillService
  runtimes: RuntimeService
  pings: PingService
  issues: IssueService
  comments: CommentService
  tasks: TaskService
  claims: ClaimService
  runs: RunService
  diffs: DiffService
  usage: UsageService
  requests: RequestService
  inputs: InputService
}

export function createServices(context: ServerContext): Services {
  const ending = createTaskEnding(context)
  return {
    ending,
    accounts: createAccountService(context),
    workspaces: createWorkspaceService(context, ending),
    agents: createAgentService(context, ending),
    skills: createSkillService(context),
    runtimes: createRuntimeService(context, ending),
    pings: createPingService(context),
    issues: createIssueService(context, ending),
    comments: createCommentService(context),
    tasks: createTaskService(context, ending),
    claims: createClaimService(context, ending),
    runs: createRunService(context, ending),
    diffs: createDiffService(context),
    usage: createUsageService(context),
    requests: createRequestService(context),
    inputs: createInputService(context),
  }
}
