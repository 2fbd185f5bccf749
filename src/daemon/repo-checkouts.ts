import {realpath} from 'node:fs/promises'
import {join, sep} from 'node:path'
import * as z from 'zod'
import {AppError, invalid} from '../errors.js'
import {type Checkout, checkOut} from '../repos/checkout.js'
import {checkUrl, withoutPassword} from '../repos/names.js'
import {RepoCache} from '../repos/repo-cache.js'
import {type TaskSpec, tokenOf} from '../task-folder/task-spec.js'
import {isSameSecret} from './same-secret.js'

/** Body of `POST /repo/checkout` (contract §5.14). */
const Request = z.object({
  url: z.string().max(4096).default(''),
  workdir: z.string().max(4096).default(''),
  task_id: z.string().max(100).default(''),
})

export interface RepoCheckoutsOptions {
  /** The spec of a task that runs here. */
  specOf(taskId: string): TaskSpec | undefined
  /** This machine's own environment: git uses the user's credentials. */
  env: Readonly<Record<string, string | undefined>>
}

/**
 * Checks repositories out for agents of this daemon: only for a task that runs here and proves it with
 * its token, only repositories of its workspace, and only into its own folder (contract §5.14).
 */
export class RepoCheckouts {
  readonly #options: RepoCheckoutsOptions
  readonly #stop = new AbortController()

  constructor(options: RepoCheckoutsOptions) {
    this.#options = options
  }

  /** @throws AppError with the words of contract §5.14 */
  async answer(body: unknown, token: string | undefined): Promise<Checkout> {
    const parsed = Request.safeParse(body)
    if (!parsed.success) throw invalid(`invalid request body: ${parsed.error.issues[0]?.message}`)
    const {workdir, task_id: taskId} = parsed.data
    const url = checkUrl(parsed.data.url)
    if (workdir === '') throw invalid('workdir is required')
    const spec = this.#options.specOf(taskId)
    if (!spec || !isSameSecret(token, tokenOf(spec))) {
      throw new AppError('forbidden', 'this is for the agents of a task that runs here')
    }
    requireOfWorkspace(url, spec)
    const folder = await requireInside(workdir, spec)
    const root = join(spec.workspaces_root, '.repos', spec.task.workspace_id)
    const {env} = this.#options
    const {signal} = this.#stop
    return new RepoCache(root, env).use(
      url,
      (repo) =>
        checkOut(repo, {
          url,
          workdir: folder,
          agentName: spec.task.agent?.name ?? 'agent',
          taskId: spec.task.id,
          env,
          signal,
        }),
      signal,
    )
  }

  /** Ends what git is doing. */
  stop(): void {
    this.#stop.abort()
  }
}

function requireOfWorkspace(url: string, spec: TaskSpec): void {
  const repos = (spec.task.repos ?? []).map((repo) => repo.url)
  if (repos.includes(url)) return
  const known = repos.length > 0 ? repos.map(withoutPassword).join(', ') : 'none'
  throw new AppError(
    'not_found',
    `${withoutPassword(url)} is no repository of this workspace (it has: ${known}); add it with multica repo add`,
  )
}

/** Links are followed first: a folder that only looks like the task's own is refused. */
async function requireInside(workdir: string, spec: TaskSpec): Promise<string> {
  const follow = (path: string) => realpath(path).catch(() => '')
  const all = await follow(spec.workspaces_root)
  const own = [join(spec.workspaces_root, spec.task.workspace_id, spec.task.id)]
  if (spec.task.prior_work_dir) own.push(spec.task.prior_work_dir)
  const folder = await follow(workdir)
  for (const root of await Promise.all(own.map(follow))) {
    // An earlier folder may be one of the user's own.
    if (!root.startsWith(all + sep)) continue
    if (folder === root || folder.startsWith(root + sep)) return folder
  }
  throw new AppError('forbidden', `${workdir} is not in the folder of this task`)
}
