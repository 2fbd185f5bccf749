import {Router} from 'express'
import {USAGE_GROUPS, UsageBody} from '../../src/protocol/usage.js'
import {accessOf, type Guard, userOf} from '../auth/guard.js'
import {jsonBody, parseBody} from '../http/body.js'
import {pathId, queryChoices, queryNumber} from '../http/params.js'
import type {UsageService} from '../services/usage.js'

const MAX_DAYS = 365

/** What agents use (contract §1.11, §2.9); mounted at `/api`. */
export function usageRouter({guard, usage}: {guard: Guard; usage: UsageService}): Router {
  const router = Router()
  router.post('/daemon/runtimes/:id/usage', guard.user, jsonBody(), async (req, res) => {
    const {entries} = parseBody(UsageBody, req)
    res.json(await usage.report(userOf(res).userId, String(req.params.id), entries))
  })
  router.get('/runtimes/:id/usage', guard.workspace, async (req, res) => {
    const days = queryNumber(req, 'days', {otherwise: 90, min: 1, max: MAX_DAYS})
    res.json(await usage.ofRuntime(accessOf(res), pathId(req, 'runtime'), days))
  })
  router.get('/runtimes/:id/activity', guard.workspace, async (req, res) => {
    const zone = typeof req.query.zone === 'string' ? req.query.zone : 'UTC'
    res.json(await usage.hours(accessOf(res), pathId(req, 'runtime'), zone))
  })
  router.get('/usage', guard.workspace, async (req, res) => {
    const days = queryNumber(req, 'days', {otherwise: 30, min: 1, max: MAX_DAYS})
    const [by = 'agent'] = queryChoices(req, 'by', USAGE_GROUPS) ?? []
    res.json(await usage.ofRuns(accessOf(res), days, by))
  })
  return router
}
