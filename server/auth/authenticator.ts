import type {IncomingHttpHeaders} from 'node:http'
import {AppError} from '../../src/errors.js'
import {hashToken} from '../../src/ids.js'
import type {TaskStatus} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Principal, TaskPrincipal, UserPrincipal} from './principal.js'

export const SESSION_COOKIE = 'multica_session'
/** `last_used_at` is written at most this often. */
const TOUCH_MS = 60_000

/** Turns a request's headers into a principal; knows no Express, so that the fast lane can use it. */
export interface Authenticator {
  /**
   * @throws AppError `unauthorized` with the texts of contract §0.3
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Principal>
  /** Whether the principal's credential still stands; that of a run ends with the run. */
  stillValid(principal: Principal): Promise<boolean>
}

export function createAuthenticator(context: ServerContext): Authenticator {
  return {
    async authenticate(headers) {
      const header = headers.authorization
      if (header !== undefined) {
        if (!/^Bearer /i.test(header)) throw unauthorized('invalid authorization format')
        return byToken(context, header.slice('Bearer '.length).trim())
      }
      const cookie = readCookie(headers.cookie, SESSION_COOKIE)
      if (!cookie) throw unauthorized('missing authorization header')
      return bySession(context, cookie)
    },
    async stillValid(principal) {
      const {models} = context.db
      if (principal.kind === 'task') {
        const task = await models.Task.findByPk(principal.taskId, {
          attributes: ['token_hash', 'status'],
        })
        return task?.token_hash === principal.tokenHash && isLive(task.status)
      }
      if (principal.expiresAt && principal.expiresAt <= context.now()) return false
      const where = {id: principal.credentialId}
      if (principal.via === 'session') return (await models.WebSession.count({where})) > 0
      return (await models.PersonalAccessToken.count({where: {...where, revoked: false}})) > 0
    },
  }
}

function byToken(context: ServerContext, token: string): Promise<Principal> {
  if (/^mul_[0-9a-f]{40}$/.test(token)) return byPersonalAccessToken(context, token)
  if (/^mult_[0-9a-f]{40}$/.test(token)) return byTaskToken(context, token)
  throw unauthorized('invalid token')
}

async function byPersonalAccessToken(
  context: ServerContext,
  token: string,
): Promise<UserPrincipal> {
  const row = await context.db.models.PersonalAccessToken.findOne({
    where: {token_hash: hashToken(token), revoked: false},
  })
  const now = context.now()
  if (!row || (row.expires_at && row.expires_at <= now)) throw unauthorized('invalid token')
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > TOUCH_MS) {
    context.db
      .write(() => row.update({last_used_at: now}, {silent: true}))
      .catch((error: unknown) =>
        context.log.warn({event: 'token_touch_failed', error: String(error)}),
      )
  }
  return {
    kind: 'user',
    userId: row.user_id,
    via: 'pat',
    credentialId: row.id,
    expiresAt: row.expires_at,
  }
}

async function bySession(context: ServerContext, cookie: string): Promise<UserPrincipal> {
  const row = await context.db.models.WebSession.findOne({where: {token_hash: hashToken(cookie)}})
  if (!row || row.expires_at <= context.now()) throw unauthorized('invalid session')
  return {
    kind: 'user',
    userId: row.user_id,
    via: 'session',
    credentialId: row.id,
    expiresAt: row.expires_at,
  }
}

async function byTaskToken(context: ServerContext, token: string): Promise<TaskPrincipal> {
  const tokenHash = hashToken(token)
  const task = await context.db.models.Task.findOne({where: {token_hash: tokenHash}})
  if (!task) throw unauthorized('invalid token')
  return {
    kind: 'task',
    taskId: task.id,
    agentId: task.agent_id,
    workspaceId: task.workspace_id,
    issueId: task.issue_id,
    tokenHash,
    ended: !isLive(task.status),
  }
}

const isLive = (status: TaskStatus): boolean => status === 'dispatched' || status === 'running'

/** @returns the cookie's value, or undefined */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, ...value] = part.trim().split('=')
    if (key === name) return value.join('=')
  }
  return undefined
}

const unauthorized = (message: string) => new AppError('unauthorized', message)
