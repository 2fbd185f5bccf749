import {join} from 'node:path'

/**
 * Files of one task in the daemon's state folder. The folder bears the task's full id, so that
 * nothing is ever deleted by a shortened name (fault C5).
 */
export interface TaskFolder {
  path: string
  /** TaskSpec, written by the daemon before the worker starts. */
  spec: string
  /** Append-only transcript and result (stream §3.3). */
  journal: string
  /** WorkerRecord. */
  worker: string
  /** What the run has changed in git checkouts, once that has been gathered. */
  diff: string
  log: string
  /** Held while a worker lives. */
  lock: string
  /** Written when the server has acknowledged the end; the folder may go after that. */
  done: string
}

/** @param stateRoot the daemon's state folder, such as `~/.multica/daemon` */
export function taskFolder(stateRoot: string, taskId: string): TaskFolder {
  return taskFolderAt(join(stateRoot, 'tasks', taskId))
}

export function taskFolderAt(path: string): TaskFolder {
  return {
    path,
    spec: join(path, 'spec.json'),
    journal: join(path, 'journal.ndjson'),
    worker: join(path, 'worker.json'),
    diff: join(path, 'diff.json'),
    log: join(path, 'worker.log'),
    lock: join(path, 'worker.lock'),
    done: join(path, 'done.json'),
  }
}
