import {AppError, notFound} from '../../src/errors.js'
import {createMasker} from '../../src/masking/masker.js'
import {
  type DiffBody,
  type DiffFile,
  summariseDiff,
  type TaskDiff,
} from '../../src/protocol/task-diff.js'
import type {ServerContext} from '../context.js'
import {announceStatus} from './task-announcement.js'
import type {TaskHolder} from './task-holder.js'

/** What runs have changed in git checkouts. */
export type DiffService = ReturnType<typeof createDiffService>

export function createDiffService(context: ServerContext) {
  const {db} = context
  const {Task, TaskDiff: Diffs} = db.models
  return {
    /**
     * Keeps what a run's worker has gathered; the same call may come again. It belongs to the end of a
     * run, so of a sealed one the first that came counts.
     */
    async store(holder: TaskHolder, body: DiffBody): Promise<void> {
      const masked = maskDiff(body)
      const payload = JSON.stringify(masked)
      await db.transaction(async (tx) => {
        const row = await Task.findByPk(holder.row.id, {transaction: tx, lock: tx.LOCK.UPDATE})
        if (!row) throw notFound('task')
        if (row.token_hash !== holder.row.token_hash) {
          throw new AppError('stale_claim', 'another claim owns this task')
        }
        const present = await Diffs.findByPk(row.id, {transaction: tx})
        if (row.pruned_at || (present && (row.sealed_at || present.payload === payload))) return
        if (present) await present.update({payload}, {transaction: tx})
        else {
          const created_at = context.now()
          await Diffs.create({task_id: row.id, payload, created_at}, {transaction: tx})
        }
        await row.update({diff: summariseDiff(masked)}, {transaction: tx})
        await announceStatus(context, tx, row)
      })
    },

    /** @returns null for a run that has worked in no git checkout, or whose end is still to come */
    async find(taskId: string): Promise<TaskDiff | null> {
      const found = await Diffs.findByPk(taskId)
      if (!found) return null
      const {checkouts} = JSON.parse(found.payload) as DiffBody
      return {task_id: taskId, created_at: found.created_at.toISOString(), checkouts}
    },
  }
}

/** The worker has masked it already, and knows more secrets (design §4.9). */
function maskDiff(body: DiffBody): DiffBody {
  const {mask, maskJson} = createMasker()
  const maskFile = (file: DiffFile): DiffFile => {
    const patch = file.patch && mask(file.patch)
    return {...file, patch, altered: file.altered || patch !== file.patch}
  }
  return {
    checkouts: body.checkouts.map(({files, ...rest}) => ({
      ...maskJson(rest),
      files: files.map(maskFile),
    })),
  }
}
