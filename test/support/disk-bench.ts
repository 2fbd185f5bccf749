import {mkdir, rm, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {DiskItem, DiskLimits, DiskPlaces} from '../../src/daemon/disk/disk-item.js'
import {DiskKeeper} from '../../src/daemon/disk/disk-keeper.js'
import type {ProcessStart} from '../../src/daemon/lock.js'
import {createTaskFolder} from '../../src/daemon/task-store.js'
import {newId} from '../../src/ids.js'
import {type Log, silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {git} from '../../src/repos/git.js'
import type {TaskFolder} from '../../src/task-folder/task-folder.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {prepareWorkFolder} from '../../src/worker/work-folder.js'
import {tempFolder} from './temp-folder.js'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

const LIMITS: DiskLimits = {
  taskRetentionMs: DAY,
  workRetentionMs: 14 * DAY,
  repoRetentionMs: 30 * DAY,
  quotaBytes: 1024 ** 3,
  keepWork: false,
}

export interface FakeRun {
  id: string
  folder: TaskFolder
  /** `<workspaces root>/<workspace>/<id>`. */
  root: string
  workDir: string
  /** Marks the end as acknowledged, so long ago. */
  end(agoMs?: number): Promise<void>
}

export interface NewRun {
  issueId?: string | null
  priorWorkDir?: string
  /** Bytes that the agent leaves behind. */
  bytes?: number
}

/** The places of a daemon, with folders as workers really make them; no process runs. */
export interface DiskBench {
  home: string
  workspaceId: string
  places: DiskPlaces
  env: Record<string, string>
  log: Record<string, unknown>[]
  run(options?: NewRun): Promise<FakeRun>
  keeper(limits?: Partial<DiskLimits>, processStart?: ProcessStart): DiskKeeper
  /** What there is of a kind, without the path of the home. */
  list(kind: DiskItem['kind']): Promise<string[]>
  at(cwd: string, ...args: string[]): Promise<string>
  close(): Promise<void>
}

const placesIn = (home: string): DiskPlaces => ({
  stateDir: join(home, 'state'),
  logPath: join(home, 'logs', 'daemon.log'),
  workspacesRoot: join(home, 'work'),
})

export async function createDiskBench(placesOf = placesIn): Promise<DiskBench> {
  const home = await tempFolder()
  const workspaceId = newId()
  const places = placesOf(home)
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  }
  const log: Record<string, unknown>[] = []
  const note = (line: unknown) => void log.push(line as Record<string, unknown>)
  const noted = {...silentLog, info: note, warn: note, debug: note} as unknown as Log
  const bench: DiskBench = {
    home,
    workspaceId,
    places,
    env,
    log,
    run: (options) => fakeRun(bench, options),
    keeper: (limits = {}, processStart = processStartTime) =>
      new DiskKeeper({places, limits: {...LIMITS, ...limits}, processStart, env, log: noted}),
    list: async (kind) =>
      (await bench.keeper().inventory())
        .filter((item) => item.kind === kind)
        .map(({path}) => path.slice(home.length + 1))
        .sort(),
    at: (cwd, ...args) => git(args, {cwd, env}),
    close: () => rm(home, {recursive: true, force: true}),
  }
  return bench
}

async function fakeRun(
  {places, workspaceId}: DiskBench,
  {issueId = newId(), priorWorkDir, bytes = 10_000}: NewRun = {},
): Promise<FakeRun> {
  const id = newId()
  const spec = {
    server_url: 'http://127.0.0.1:1',
    workspaces_root: places.workspacesRoot,
    settings: {type: 'command', command: ['true']},
    task: {
      id,
      workspace_id: workspaceId,
      issue_id: issueId,
      issue_identifier: issueId && 'LOC-7',
      ...(priorWorkDir && {prior_work_dir: priorWorkDir}),
    },
  } as unknown as TaskSpec
  const folder = await createTaskFolder(places.stateDir, spec)
  await writeFile(folder.journal, '{}\n')
  const {workDir, tempDir} = await prepareWorkFolder(spec, {
    stateFolder: folder.path,
    env: {},
    lock: async () => async () => undefined,
  })
  await writeFile(join(workDir, `${id}.bin`), Buffer.alloc(bytes, 1))
  await writeFile(join(tempDir, 'scratch'), 'x')
  const root = join(places.workspacesRoot, workspaceId, id)
  const end = async (agoMs = 0) => {
    // A sweep may have removed the task's own folder already.
    if (await exists(folder.path)) {
      await writeFile(folder.done, '{}')
      await age(folder.done, agoMs)
    }
    for (const used of [root, join(workDir, '..')]) {
      await age(join(used, '.multica', 'uses', id), agoMs).catch(() => undefined)
    }
  }
  return {id, folder, root, workDir, end}
}

export async function age(path: string, ms: number): Promise<void> {
  const time = new Date(Date.now() - ms)
  await utimes(path, time, time)
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** A repository with one commit, to clone from. */
export async function makeUpstream(bench: DiskBench, name = 'app'): Promise<string> {
  const path = join(bench.home, 'upstream', name)
  await mkdir(path, {recursive: true})
  await bench.at(path, 'init', '-q', '-b', 'trunk')
  await writeFile(join(path, 'one.txt'), '1')
  await bench.at(path, 'add', '.')
  await bench.at(path, 'commit', '-q', '-m', 'One')
  return path
}
