import {type Request, type Response, Router} from 'express'
import {
  AgentChange,
  AgentSkills,
  NewAgent,
  NewSkill,
  SkillChange,
} from '../../src/protocol/agent.js'
import {accessOf, type Guard} from '../auth/guard.js'
import type {ServerContext} from '../context.js'
import {jsonBody, largeJsonBody, parseBody} from '../http/body.js'
import {idempotent} from '../http/idempotency.js'
import {pathId, queryNumber} from '../http/params.js'
import type {AgentService} from '../services/agents.js'
import type {PingService} from '../services/pings.js'
import {serialiseRuntime} from '../services/serialise.js'
import type {SkillService} from '../services/skills.js'
import type {TaskService} from '../services/tasks.js'

export interface AgentsRouterOptions {
  context: ServerContext
  guard: Guard
  agents: AgentService
  skills: SkillService
  pings: PingService
  tasks: TaskService
}

/** Agents, skills and runtimes of a workspace (contract §2.7–2.9). */
export function agentsRouter(options: AgentsRouterOptions): Router {
  const {context, guard, agents, tasks} = options
  const router = Router()
  router.get('/agents', guard.workspace, async (_req, res) => {
    res.json(await agents.list(accessOf(res)))
  })
  router.post(
    '/agents',
    guard.workspace,
    largeJsonBody(),
    idempotent(context),
    async (req, res) => {
      res.status(201).json(await agents.create(accessOf(res), parseBody(NewAgent, req)))
    },
  )
  router.get('/agents/:id', guard.workspace, async (req, res) => {
    res.json(await agents.get(accessOf(res), pathId(req, 'agent')))
  })
  const update = async (req: Request, res: Response) => {
    const id = pathId(req, 'agent')
    res.json(await agents.update(accessOf(res), id, parseBody(AgentChange, req)))
  }
  router.put('/agents/:id', guard.workspace, largeJsonBody(), update)
  router.patch('/agents/:id', guard.workspace, largeJsonBody(), update)
  router.delete('/agents/:id', guard.workspace, async (req, res) => {
    await agents.remove(accessOf(res), pathId(req, 'agent'))
    res.status(204).end()
  })
  router.get('/agents/:id/tasks', guard.workspace, async (req, res) => {
    const access = accessOf(res)
    const agent = await agents.get(access, pathId(req, 'agent'))
    const limit = queryNumber(req, 'limit', {otherwise: 1000, max: 1000})
    const {tasks: list} = await tasks.list(access, {agentId: agent.id, limit, offset: 0})
    res.json(list)
  })
  router.get('/agents/:id/skills', guard.workspace, async (req, res) => {
    res.json(await agents.skills(accessOf(res), pathId(req, 'agent')))
  })
  router.put('/agents/:id/skills', guard.workspace, jsonBody(), async (req, res) => {
    const {skill_ids: ids} = parseBody(AgentSkills, req)
    res.json(await agents.setSkills(accessOf(res), pathId(req, 'agent'), ids))
  })
  router.get('/runtimes', guard.workspace, async (_req, res) => {
    res.json((await agents.runtimes(accessOf(res))).map(serialiseRuntime))
  })
  pingRoutes(router, options)
  skillRoutes(router, options)
  return router
}

function pingRoutes(router: Router, {guard, pings}: AgentsRouterOptions): void {
  router.post('/runtimes/:id/ping', guard.workspace, async (req, res) => {
    res.json(await pings.create(accessOf(res), pathId(req, 'runtime')))
  })
  router.get('/runtimes/:id/ping/:ping', guard.workspace, async (req, res) => {
    const ping = String(req.params.ping)
    res.json(await pings.get(accessOf(res), pathId(req, 'runtime'), ping))
  })
}

function skillRoutes(router: Router, {context, guard, skills}: AgentsRouterOptions): void {
  router.get('/skills', guard.workspace, async (_req, res) => {
    res.json(await skills.list(accessOf(res)))
  })
  router.post(
    '/skills',
    guard.workspace,
    largeJsonBody(),
    idempotent(context),
    async (req, res) => {
      res.status(201).json(await skills.create(accessOf(res), parseBody(NewSkill, req)))
    },
  )
  router.get('/skills/:id', guard.workspace, async (req, res) => {
    res.json(await skills.get(accessOf(res), pathId(req, 'skill')))
  })
  router.put('/skills/:id', guard.workspace, largeJsonBody(), async (req, res) => {
    const id = pathId(req, 'skill')
    res.json(await skills.update(accessOf(res), id, parseBody(SkillChange, req)))
  })
  router.delete('/skills/:id', guard.workspace, async (req, res) => {
    await skills.remove(accessOf(res), pathId(req, 'skill'))
    res.status(204).end()
  })
}
