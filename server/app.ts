import compression from 'compression'
import express, {type Express, type RequestHandler, Router} from 'express'
import {rateLimit} from 'express-rate-limit'
import helmet from 'helmet'
import {pinoHttp} from 'pino-http'
import type {Authenticator} from './auth/authenticator.js'
import {createGuard, type Guard} from './auth/guard.js'
import type {ServerConfig} from './config.js'
import type {ServerContext} from './context.js'
import {errorHandler, unknownPath} from './http/error-handler.js'
import {createRateLimitStore} from './http/rate-limit-store.js'
import {requestId} from './http/request-id.js'
import {accountsRouter} from './routes/accounts.js'
import {agentsRouter} from './routes/agents.js'
import {commentsRouter} from './routes/comments.js'
import {daemonRouter} from './routes/daemon.js'
import {issuesRouter} from './routes/issues.js'
import {messagesRouter} from './routes/messages.js'
import {peopleRouter} from './routes/people.js'
import {tasksRouter} from './routes/tasks.js'
import {usageRouter} from './routes/usage.js'
import {workspacesRouter} from './routes/workspaces.js'
import type {Services} from './services.js'
import {PAGE_POLICY} from './web/content-policy.js'
import {pagesRouter} from './web/pages-router.js'

/** A server that stops says so with 503, so that a load balancer takes it out. */
export interface Health {
  status: 'ok' | 'stopping'
  /** Of one of several servers: whether it hears of what happens on the others at once (stream §6.5). */
  notifications?: 'ok' | 'off'
}

export interface AppDeps {
  context: ServerContext
  config: ServerConfig
  services: Services
  authenticator: Authenticator
  /** Base of links, known once the server listens. */
  publicUrl: () => string
  /** What `/health` says of this server. */
  health: () => Health
}

/** Everything but the fast lane: middleware, routers, 404, errors. Does not listen. */
export function createApp(deps: AppDeps): Express {
  const {context, config} = deps
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy ?? 'loopback')
  app.use(requestId, securityHeaders(deps.publicUrl), accessLog(deps))
  app.use(compression({filter: compressible}))
  app.get('/health', (_req, res) => {
    const health = deps.health()
    res.status(health.status === 'ok' ? 200 : 503).json(health)
  })
  const guard = createGuard(context, deps.authenticator, deps.publicUrl)
  app.use(apiRouter(deps, guard))
  app.use(pagesRouter(deps))
  app.use(unknownPath)
  app.use(errorHandler(context.log))
  return app
}

function apiRouter(deps: AppDeps, guard: Guard): Router {
  const {context, services, authenticator, publicUrl} = deps
  const {accounts, workspaces, agents, skills, issues, comments, tasks} = services
  const {runtimes, pings, claims, runs, diffs, requests, inputs} = services
  const router = Router()
  router.use(accountsRouter({guard, accounts, limit: signInLimit(context), publicUrl}))
  router.use('/api/workspaces', workspacesRouter({context, guard, workspaces, accounts}))
  router.use('/api/issues', issuesRouter({context, guard, issues, comments, tasks}))
  router.use('/api/comments', commentsRouter({guard, comments}))
  router.use(messagesRouter({context, guard, authenticator}))
  router.use('/api/tasks', tasksRouter({context, guard, tasks, diffs}))
  router.use(peopleRouter({context, guard, authenticator, requests, inputs}))
  router.use(
    '/api/daemon',
    daemonRouter({context, guard, authenticator, runtimes, pings, claims, runs, diffs}),
  )
  router.use('/api', usageRouter({guard, usage: services.usage}))
  router.use('/api', agentsRouter({context, guard, agents, skills, pings, tasks}))
  return router
}

/** Guessing at codes and tokens is slow work. */
function signInLimit(context: ServerContext): RequestHandler {
  const windowMs = 60_000
  return rateLimit({
    windowMs,
    store: createRateLimitStore(context, windowMs),
    limit: 20,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    message: {error: 'too many attempts; wait a minute', code: 'rate_limited'},
  })
}

/** No inline scripts anywhere; data for the pages stands in script elements that are not code. */
function securityHeaders(publicUrl: () => string): RequestHandler {
  const secure = () => publicUrl().startsWith('https:')
  const plain = helmetWith(false)
  const https = helmetWith(true)
  return (req, res, next) => (secure() ? https : plain)(req, res, next)
}

function helmetWith(https: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {...PAGE_POLICY},
    },
    strictTransportSecurity: https ? {maxAge: 15_552_000} : false,
    crossOriginEmbedderPolicy: false,
    // A page of plain http would lose its own assets to this.
    crossOriginOpenerPolicy: https ? {policy: 'same-origin'} : false,
    originAgentCluster: https,
  })
}

function accessLog({context}: AppDeps): RequestHandler {
  return pinoHttp({
    logger: context.log,
    genReqId: (_req, res) => String(res.getHeader('x-request-id')),
    customLogLevel: (_req, res, error) =>
      error || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'info' : 'debug',
    autoLogging: {ignore: (req) => req.url === '/health'},
    serializers: {
      req: (req) => ({id: req.id, method: req.method, url: withoutSecrets(req.url)}),
      res: (res) => ({status: res.statusCode}),
    },
  })
}

/** The code of a sign-in link stands in its address. */
const withoutSecrets = (url: string): string => url.replace(/([?&]code=)[^&]*/, '$1…')

const compressible: compression.CompressionFilter = (req, res) =>
  !String(res.getHeader('content-type') ?? '').startsWith('text/event-stream') &&
  compression.filter(req, res)
