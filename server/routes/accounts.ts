import {type RequestHandler, Router} from 'express'
import * as z from 'zod'
import {AppError, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {RequiredText} from '../../src/protocol/primitives.js'
import {NewToken} from '../../src/protocol/workspace.js'
import {readCookie, SESSION_COOKIE} from '../auth/authenticator.js'
import {type Guard, userOf} from '../auth/guard.js'
import {jsonBody, parseBody} from '../http/body.js'
import {type AccountService, SESSION_LIFE_MS} from '../services/accounts.js'

export interface AccountsRouterOptions {
  guard: Guard
  accounts: AccountService
  /** Limits how often a client may try to sign in. */
  limit: RequestHandler
  /** Base of the links that browsers open. */
  publicUrl: () => string
}

const MeChange = z.object({
  name: RequiredText(100).optional(),
  avatar_url: z.string().trim().max(2000).optional(),
})
const Code = z.object({
  code: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/,
      'not whole; open all of the link, or make a new one with: multica auth link',
    ),
})

/** People, their tokens and their browsers (contract §2.1, §2.2). */
export function accountsRouter(options: AccountsRouterOptions): Router {
  const {guard, accounts} = options
  const router = Router()
  router.get('/api/me', guard.user, async (_req, res) => {
    res.json(await accounts.me(userOf(res).userId))
  })
  router.patch('/api/me', guard.user, jsonBody(), async (req, res) => {
    res.json(await accounts.updateMe(userOf(res).userId, parseBody(MeChange, req)))
  })
  router.get('/api/tokens', guard.user, async (_req, res) => {
    res.json(await accounts.tokens(userOf(res).userId))
  })
  router.post('/api/tokens', guard.user, jsonBody(), async (req, res) => {
    const {name, expires_in_days: days} = parseBody(NewToken, req)
    res.status(201).json(await accounts.createToken(userOf(res).userId, name, days))
  })
  router.delete('/api/tokens/:id', guard.user, async (req, res) => {
    const id = parseUuid(String(req.params.id))
    if (!id) throw notFound('token')
    await accounts.revokeToken(userOf(res).userId, id)
    res.status(204).end()
  })
  router.post('/api/sign-in-links', guard.user, async (_req, res) => {
    const {code, expiresAt} = await accounts.createSignInLink(userOf(res).userId)
    const url = `${options.publicUrl()}/auth/link?code=${code}`
    res.status(201).json({url, expires_at: expiresAt.toISOString()})
  })
  signIn(router, options)
  return router
}

/**
 * How a browser gets its cookie. A link is used up by a POST of the page that it opens, so that
 * previews of chat programs, which only GET, cannot burn it.
 */
function signIn(router: Router, {guard, accounts, limit, publicUrl}: AccountsRouterOptions): void {
  const setCookie = (secret: string) =>
    [
      SESSION_COOKIE,
      secret,
      {
        httpOnly: true,
        sameSite: 'lax' as const,
        secure: publicUrl().startsWith('https:'),
        maxAge: SESSION_LIFE_MS,
        path: '/',
      },
    ] as const
  router.post('/auth/link', limit, jsonBody(), async (req, res) => {
    const secret = await accounts.useSignInLink(parseBody(Code, req).code)
    res.cookie(...setCookie(secret)).json({status: 'ok'})
  })
  router.post('/auth/session', limit, jsonBody(), tokenOfBody, guard.user, async (_req, res) => {
    const user = userOf(res)
    if (user.via !== 'pat') throw new AppError('unauthorized', 'invalid token')
    const secret = await accounts.startSession(user.userId)
    res.cookie(...setCookie(secret)).json({status: 'ok'})
  })
  router.post('/auth/logout', guard.user, async (req, res) => {
    const secret = readCookie(req.headers.cookie, SESSION_COOKIE)
    if (secret) await accounts.endSession(secret)
    res.clearCookie(SESSION_COOKIE, {path: '/'}).json({status: 'ok'})
  })
}

/** Lets the guard judge a token that came in the body. */
const tokenOfBody: RequestHandler = (req, _res, next) => {
  const {token} = parseBody(z.object({token: z.string().trim().min(1)}), req)
  req.headers.authorization = `Bearer ${token}`
  next()
}
