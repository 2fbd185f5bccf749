import {QueryTypes, type Transaction} from 'sequelize'
import type {Database} from '../database.js'
import {decide} from './batch-decision.js'
import {createInsertRows, type InsertRows, type NewRow} from './insert-rows.js'
import type {Batch, Head, Waiting} from './message-batch.js'
import {createQuickStore} from './quick-store.js'

/** Stores a group of batches with one commit and answers each of them; rejects when nothing was stored. */
export type StoreBatches = (group: Waiting[]) => Promise<void>

/** Decides for every batch, then inserts all that is accepted with one statement. */
export function createBatchStore(db: Database): StoreBatches {
  const insert = createInsertRows(db)
  if (db.dialect === 'sqlite') {
    const readHeads = sqliteHeads(db)
    // The writer queue keeps everybody else out, so one statement needs no transaction.
    return async (group) => answer(await db.write(() => storeAll({db, insert, readHeads}, group)))
  }
  const quick = createQuickStore(db)
  return async (group) => {
    const left = await quick(group)
    if (left.length === 0) return
    const settle = await db.hotTransaction((tx) =>
      storeAll({db, insert, readHeads: (...ids) => lockHeads(db, tx, ...ids), tx}, left),
    )
    answer(settle)
  }
}

type Settle = () => void
const answer = (settle: readonly Settle[]): void => {
  for (const one of settle) one()
}

interface Store {
  db: Database
  insert: InsertRows
  /** @param numbered those of the tasks whose messages the server numbers */
  readHeads(taskIds: string[], numbered: string[]): Promise<Head[]>
  tx?: Transaction
}

/** @returns what to call after the commit */
async function storeAll({db, insert, readHeads, tx}: Store, group: Waiting[]): Promise<Settle[]> {
  const taskIds = [...new Set(group.map(({batch}) => batch.taskId))]
  const own = group.map(({batch}) => batch).filter(({tokenHash}) => tokenHash === null)
  const numbered = [...new Set(own.map(({taskId}) => taskId))]
  const heads = new Map((await readHeads(taskIds, numbered)).map((head) => [head.id, head]))
  const given = new Map<string, Set<number>>()
  for (const id of numbered) given.set(id, await knownSeqs(db, id, own, tx))
  const rows: NewRow[] = []
  const settle: Settle[] = []
  for (const {batch, resolve, reject} of group) {
    try {
      const known = batch.tokenHash === null ? given.get(batch.taskId) : undefined
      const written = decide(batch, heads.get(batch.taskId), known)
      for (const row of written.rows) rows.push(row)
      settle.push(() => resolve(written))
    } catch (error) {
      settle.push(() => reject(error))
    }
  }
  if (rows.length > 0) await insert(rows, tx)
  return settle
}

const HEAD = `SELECT t.id, t.status, t.token_hash, (t.sealed_at IS NOT NULL OR t.pruned_at IS NOT NULL) AS sealed,
  COALESCE((SELECT MAX(m.seq) FROM task_message m WHERE m.task_id = t.id), 0) AS last_seq
  FROM agent_task_queue t`

function sqliteHeads(db: Database): Store['readHeads'] {
  const statement = db.prepare(`${HEAD} WHERE t.id IN (SELECT value FROM json_each($1))`)
  return (taskIds) => statement.run<Head>([JSON.stringify(taskIds)])
}

/**
 * The rows are locked against a seal until the commit; inserts of other batches are not kept out. They
 * are where the server gives the numbers: the newest is read by a statement of its own, after the lock,
 * because one that waits for it still sees what was there before.
 */
async function lockHeads(
  db: Database,
  tx: Transaction,
  taskIds: string[],
  numbered: string[],
): Promise<Head[]> {
  const select = {type: QueryTypes.SELECT, transaction: tx} as const
  if (numbered.length > 0) {
    await db.sequelize.query(
      'SELECT id FROM agent_task_queue WHERE id IN (:numbered) ORDER BY id FOR NO KEY UPDATE',
      {replacements: {numbered}, ...select},
    )
  }
  return db.sequelize.query<Head>(`${HEAD} WHERE t.id IN (:taskIds) FOR SHARE OF t`, {
    replacements: {taskIds},
    ...select,
  })
}

/** Numbers of the batches of a task that its original daemon has given to messages before. */
async function knownSeqs(
  db: Database,
  taskId: string,
  batches: readonly Batch[],
  tx?: Transaction,
): Promise<Set<number>> {
  const ofTask = batches.filter((batch) => batch.taskId === taskId)
  const seqs = ofTask.flatMap(({messages}) => messages.map(({seq}) => seq))
  if (seqs.length === 0) return new Set()
  const rows = await db.sequelize.query<{given_seq: number}>(
    'SELECT given_seq FROM task_message WHERE task_id = :taskId AND given_seq IN (:seqs)',
    {
      replacements: {taskId, seqs},
      type: QueryTypes.SELECT,
      ...(tx && {transaction: tx}),
    },
  )
  return new Set(rows.map((row) => row.given_seq))
}
