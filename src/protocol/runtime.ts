import * as z from 'zod'
import type {Repository} from './agent.js'
import {type JsonObject, RequiredText, type Timestamp, Uuid} from './primitives.js'

/** contract §1.3 */
export interface Runtime {
  id: string
  workspace_id: string
  daemon_id: string | null
  name: string
  runtime_mode: 'local' | 'cloud'
  /** `claude`, or the name of an entry of agents.json. */
  provider: string
  status: 'online' | 'offline'
  device_info: string
  metadata: JsonObject
  last_seen_at: Timestamp | null
  created_at: Timestamp
  updated_at: Timestamp
}

/** Body of `POST /api/daemon/register` (contract §1.2). `task_tokens` announces stream §3 and §7. */
export const RegisterBody = z.object({
  workspace_id: z.string().trim().min(1, 'workspace_id is required').pipe(Uuid),
  daemon_id: RequiredText(200),
  device_name: z.string().trim().max(200).nullish(),
  task_tokens: z.boolean().nullish(),
  runtimes: z
    .array(
      z.object({
        name: z.string().max(200).nullish(),
        type: z.string().max(100).nullish(),
        version: z.string().max(200).nullish(),
        status: z.string().nullish(),
      }),
    )
    .min(1, 'at least one runtime is required'),
})
export type RegisterBody = z.input<typeof RegisterBody>

export interface RegisterAnswer {
  runtimes: Runtime[]
  repos: Repository[]
}

export const DeregisterBody = z.object({
  runtime_ids: z.array(z.string()).min(1, 'runtime_ids is required'),
})
/** contract §1.5 */
export interface HeartbeatAnswer {
  status: string
  pending_ping?: {id: string}
}

export const HeartbeatBody = z.object({runtime_id: z.string().trim().min(1)})
