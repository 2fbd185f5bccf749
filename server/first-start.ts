import {userInfo} from 'node:os'
import type {ServerContext} from './context.js'
import type {AccountService} from './services/accounts.js'
import type {WorkspaceService} from './services/workspaces.js'

export interface Owner {
  userId: string
  /** The server has just made the owner. */
  isNew: boolean
}

/** Makes the first user, who owns the first workspace, in an empty database. */
export async function ensureOwner(
  context: ServerContext,
  accounts: AccountService,
  workspaces: WorkspaceService,
): Promise<Owner> {
  const {Member, User} = context.db.models
  const owner = await Member.findOne({where: {role: 'owner'}, order: [['created_at', 'ASC']]})
  if (owner) return {userId: owner.user_id, isNew: false}
  const present = await User.findOne({order: [['created_at', 'ASC']]})
  const user = present ?? (await accounts.userOfEmail('owner@localhost', ownerName()))
  await workspaces.create(user.id, {name: 'Local', slug: 'local', issue_prefix: 'LOC'})
  return {userId: user.id, isNew: true}
}

function ownerName(): string {
  try {
    return userInfo().username || 'Owner'
  } catch {
    return 'Owner'
  }
}
