import {spawn} from 'node:child_process'
import {open} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {processStartTime} from '../process-tree/process-table.js'
import {LEAN_NODE} from '../settings/lean-node.js'
import {stableNode} from '../settings/stable-node.js'
import type {TaskFolder} from './task-folder.js'

export interface StartedWorker {
  pid: number
  pidStart: string
  /** Resolves when the worker has exited, as long as this process lives. */
  exited: Promise<unknown>
}

/**
 * Starts a worker, or its recovery, on a folder that has a spec: detached, in a session of its own,
 * so that nothing that happens to this process reaches it (design §1).
 * @param env environment of the worker, which its agent inherits
 */
export async function startWorker(
  folder: TaskFolder,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StartedWorker> {
  const main = fileURLToPath(new URL('../worker/main.js', import.meta.url))
  const log = await open(folder.log, 'a', 0o600)
  try {
    const child = spawn(stableNode(env), [...LEAN_NODE, main, folder.path], {
      cwd: folder.path,
      // A daemon that was itself started inside a task must not mark its workers as that task's.
      env: {...env, MULTICA_TASK_ID: undefined},
      detached: true,
      stdio: ['ignore', 'ignore', log.fd],
    })
    const exited = new Promise<unknown>((resolve) => {
      child.once('exit', resolve)
      child.once('error', resolve)
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    const pid = child.pid as number
    return {pid, pidStart: (await processStartTime(pid)) ?? '', exited}
  } finally {
    await log.close()
  }
}
