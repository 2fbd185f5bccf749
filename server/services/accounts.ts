import {Op} from 'sequelize'
import {AppError, invalid, notFound} from '../../src/errors.js'
import {hashToken, newPersonalAccessToken, newSecret} from '../../src/ids.js'
import type {PersonalAccessToken, User} from '../../src/protocol/workspace.js'
import type {ServerContext} from '../context.js'
import {userTopic} from '../feed/wakeups.js'
import {serialiseToken, serialiseUser} from './serialise.js'

const DAY_MS = 86_400_000
const LINK_LIFE_MS = 15 * 60_000
export const SESSION_LIFE_MS = 30 * DAY_MS

/** People, their tokens, and how their browsers sign in (contract §2.1, §2.2). */
export type AccountService = ReturnType<typeof createAccountService>

export function createAccountService(context: ServerContext) {
  const {db, now} = context
  const {User: Users, PersonalAccessToken: Tokens, SignInLink, WebSession} = db.models
  return {
    async me(userId: string): Promise<User> {
      return serialiseUser(await requireUser(context, userId))
    },

    async updateMe(
      userId: string,
      change: {name?: string | undefined; avatar_url?: string | undefined},
    ) {
      const user = await requireUser(context, userId)
      const given = Object.entries(change).filter(([, value]) => value !== undefined)
      await db.write(() => user.update(Object.fromEntries(given)))
      return serialiseUser(user)
    },

    async tokens(userId: string): Promise<PersonalAccessToken[]> {
      const rows = await Tokens.findAll({
        where: {user_id: userId, revoked: false},
        order: [
          ['created_at', 'DESC'],
          ['id', 'DESC'],
        ],
      })
      return rows.map(serialiseToken)
    },

    /** @returns the token with its secret, which is shown this once */
    async createToken(
      userId: string,
      name: string,
      expiresInDays?: number | null,
    ): Promise<PersonalAccessToken & {token: string}> {
      const token = newPersonalAccessToken()
      const lives = expiresInDays && expiresInDays > 0
      const row = await db.write(() =>
        Tokens.create({
          user_id: userId,
          name,
          token_hash: hashToken(token),
          token_prefix: token.slice(0, 12),
          expires_at: lives ? new Date(now().getTime() + expiresInDays * DAY_MS) : null,
        }),
      )
      return {...serialiseToken(row), token}
    },

    async revokeToken(userId: string, id: string): Promise<void> {
      const [count] = await db.write(() =>
        Tokens.update({revoked: true}, {where: {id, user_id: userId, revoked: false}}),
      )
      if (count === 0) throw notFound('token')
      context.wakeups.wake(userTopic(userId))
    },

    /** @returns the code of a link that signs a browser in once, and when it ends */
    async createSignInLink(userId: string): Promise<{code: string; expiresAt: Date}> {
      const code = newSecret()
      const expiresAt = new Date(now().getTime() + LINK_LIFE_MS)
      await db.write(() =>
        SignInLink.create({user_id: userId, code_hash: hashToken(code), expires_at: expiresAt}),
      )
      return {code, expiresAt}
    },

    /** Uses a link up. @returns the secret of a new browser session */
    async useSignInLink(code: string): Promise<string> {
      const where = {code_hash: hashToken(code), used_at: null, expires_at: {[Op.gt]: now()}}
      const link = await SignInLink.findOne({where})
      const [count] = link
        ? await db.write(() => SignInLink.update({used_at: now()}, {where}))
        : [0]
      if (!link || count === 0) {
        throw new AppError(
          'unauthorized',
          'this link has been used or is too old; make a new one with: multica auth link',
        )
      }
      return startSession(context, link.user_id)
    },

    /** A browser session for somebody who holds a personal access token. */
    startSession: (userId: string): Promise<string> => startSession(context, userId),

    async endSession(secret: string): Promise<void> {
      const where = {token_hash: hashToken(secret)}
      const session = await WebSession.findOne({where})
      await db.write(() => WebSession.destroy({where}))
      if (session) context.wakeups.wake(userTopic(session.user_id))
    },

    /** The user of an address; made when there is none. */
    async userOfEmail(email: string, name = email): Promise<User> {
      const address = email.trim().toLowerCase()
      const [row] = await db.transaction((tx) =>
        Users.findOrCreate({
          where: {email: address},
          defaults: {email: address, name},
          transaction: tx,
        }),
      )
      return serialiseUser(row)
    },
  }
}

async function startSession(context: ServerContext, userId: string): Promise<string> {
  const secret = newSecret()
  await context.db.write(() =>
    context.db.models.WebSession.create({
      user_id: userId,
      token_hash: hashToken(secret),
      expires_at: new Date(context.now().getTime() + SESSION_LIFE_MS),
    }),
  )
  return secret
}

async function requireUser(context: ServerContext, userId: string) {
  const user = await context.db.models.User.findByPk(userId)
  if (!user) throw notFound('user')
  return user
}

export function requireName(name: string | undefined): void {
  if (name !== undefined && name.trim() === '') throw invalid('name is required', 'name')
}
