import type {ActorType} from '../../src/protocol/issue.js'
import type {Role} from '../../src/protocol/workspace.js'

/** A person, by personal access token or by the cookie of a browser. */
export interface UserPrincipal {
  kind: 'user'
  userId: string
  via: 'pat' | 'session'
  /** Id of the token or of the session: what ends when it is revoked. */
  credentialId: string
  expiresAt: Date | null
}

/** The agent of one task and attempt, by task token (stream §1, design §4.8). */
export interface TaskPrincipal {
  kind: 'task'
  taskId: string
  agentId: string
  workspaceId: string
  issueId: string | null
  tokenHash: string
  /** The task has ended: only what finishes its transcript is allowed. */
  ended: boolean
}

export type Principal = UserPrincipal | TaskPrincipal

/** Who did something, as rows and events name them. */
export interface Actor {
  type: ActorType
  id: string
}

/** A principal inside one workspace. */
export interface Access {
  workspaceId: string
  workspaceSlug: string
  role: Role
  principal: Principal
  actor: Actor
}
