import express, {type ErrorRequestHandler, type Request, type Response, type Router} from 'express'
import {AppError, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {RESERVED_SLUGS} from '../../src/protocol/workspace.js'
import type {PageData, PageState} from '../../templates/state/page-state.js'
import {resolveAccess} from '../auth/access.js'
import type {Authenticator} from '../auth/authenticator.js'
import {queryText} from '../auth/guard.js'
import type {UserPrincipal} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {asAppError} from '../http/error-handler.js'
import {createAssets} from './assets.js'
import {createPageSource, type PageReader, type PageServices} from './page-data.js'
import {renderPage} from './render-page.js'

export interface PagesRouterOptions {
  context: ServerContext
  authenticator: Authenticator
  services: PageServices
}

/**
 * The pages: `/`, `/login`, `/auth/link`, `/<workspace>/issues…`, `/<workspace>/tasks/<id>[/changes]`,
 * `/<workspace>/agents` and `/assets/*`. A page that is asked for as `application/json` answers with
 * its data, from which an open page renews itself.
 */
export function pagesRouter(options: PagesRouterOptions): Router {
  const {context, authenticator, services} = options
  const router = express.Router()
  const assets = createAssets()
  const source = createPageSource(context, services)
  const send = (req: Request, res: Response, data: PageData, status = 200) => {
    res.status(status).set({'Cache-Control': 'private, no-store', Vary: 'Accept, Cookie'})
    if (req.accepts(['html', 'json']) === 'json') res.json(data)
    else res.type('html').send(renderPage(data, assets.urls()))
  }
  const signedIn = (req: Request) => requirePerson(authenticator, req)
  const reader = async (req: Request): Promise<PageReader> => {
    const principal = await signedIn(req)
    const access = await resolveAccess(context, principal, {workspace: String(req.params.slug)})
    return {access, principal}
  }
  const page = (path: string, read: (reader: PageReader, req: Request) => Promise<PageState>) =>
    router.get(path, async (req, res, next) => {
      if (RESERVED_SLUGS.includes(String(req.params.slug))) return next()
      send(req, res, {kind: 'workspace', state: await read(await reader(req), req)})
    })

  router.use(assets.router)
  router.get('/login', (req, res) => send(req, res, {kind: 'login', next: nextOf(req)}))
  router.get('/auth/link', (req, res) => {
    // The code must not travel on with a link of the page.
    res.set('Referrer-Policy', 'no-referrer')
    send(req, res, {kind: 'link', code: queryText(req, 'code') ?? ''})
  })
  router.get('/', async (req, res) => {
    const [first] = await services.workspaces.list((await signedIn(req)).userId)
    if (!first) throw new AppError('not_found', NO_WORKSPACE)
    res.redirect(`/${first.slug}/issues`)
  })
  router.get('/tasks/:id', async (req, res) => {
    res.redirect(await addressOfTask(options, await signedIn(req), String(req.params.id)))
  })
  page('/:slug', (found) => source.issues(found, false, 1))
  page('/:slug/issues', (found, req) =>
    source.issues(found, queryText(req, 'filter') === 'closed', pageNumber(req)),
  )
  page('/:slug/issues/new', (found) => source.newIssue(found))
  page('/:slug/issues/:number', async (found, req) =>
    source.issue(found, await issueName(services, found, String(req.params.number))),
  )
  page('/:slug/tasks/:id', (found, req) => source.task(found, requireTaskId(req)))
  page('/:slug/tasks/:id/changes', (found, req) => source.task(found, requireTaskId(req), true))
  page('/:slug/agents', (found) => source.agents(found))
  router.get('/{*path}', (req, _res, next) => {
    // Programs get the API's own answer.
    next(isForPeople(req) ? notFound('page') : undefined)
  })
  router.use(pageErrors(context, send))
  return router
}

const isForPeople = (req: Request): boolean =>
  !req.path.startsWith('/api/') && req.accepts(['json', 'html']) === 'html'

const NO_WORKSPACE =
  'you are not a member of any workspace yet; make one with: multica workspace create'

async function requirePerson(authenticator: Authenticator, req: Request): Promise<UserPrincipal> {
  const principal = await authenticator.authenticate(req.headers)
  if (principal.kind !== 'user') throw new AppError('forbidden', 'pages are for people')
  return principal
}

/** Where to go after the sign-in: a path of this server, never another host. */
function nextOf(req: Request): string {
  const next = queryText(req, 'next') ?? '/'
  return /^\/(?![/\\])/.test(next) ? next : '/'
}

function pageNumber(req: Request): number {
  const number = Number(queryText(req, 'page') ?? '1')
  return Number.isSafeInteger(number) && number >= 1 && number < 1e6 ? number : 1
}

/** `/issues/3` and `/issues/LOC-3` are the same issue. */
async function issueName(
  services: PageServices,
  {access}: PageReader,
  named: string,
): Promise<string> {
  if (!/^\d{1,9}$/.test(named)) return named
  const {issue_prefix: prefix} = await services.workspaces.get(access.workspaceId)
  return `${prefix}-${named}`
}

function requireTaskId(req: Request): string {
  const id = parseUuid(String(req.params.id))
  if (!id) throw notFound('run')
  return id
}

/** A run by its id alone, as terminals know it. */
async function addressOfTask(
  {context, services}: PagesRouterOptions,
  principal: UserPrincipal,
  named: string,
): Promise<string> {
  const id = parseUuid(named)
  const row = id && (await context.db.models.Task.findByPk(id, {attributes: ['workspace_id']}))
  const workspaces = await services.workspaces.list(principal.userId)
  const workspace = row ? workspaces.find(({id: own}) => own === row.workspace_id) : undefined
  if (!workspace) throw notFound('run')
  return `/${workspace.slug}/tasks/${id}`
}

type Send = (req: Request, res: Response, data: PageData, status?: number) => void

/** People get a page that says what is wrong; who is not signed in is asked to; scripts get JSON. */
function pageErrors(context: ServerContext, send: Send): ErrorRequestHandler {
  return (thrown, req, res, next) => {
    if (res.headersSent || req.accepts(['html', 'json']) === 'json') return next(thrown)
    const error = asAppError(thrown)
    if (error.code === 'unauthorized') {
      res.redirect(`/login?next=${encodeURIComponent(req.originalUrl)}`)
      return
    }
    if (error.status >= 500) {
      context.log.error({event: 'page_failed', path: req.path, err: error.cause ?? thrown})
    }
    const missing = error.code === 'not_found'
    const title = missing ? 'Page not found' : 'Something went wrong'
    const text = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`
    try {
      send(req, res, {kind: 'message', title, text, home: '/'}, error.status)
    } catch (failure) {
      next(failure)
    }
  }
}
