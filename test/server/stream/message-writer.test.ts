import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {StoreBatches} from '../../../server/services/batch-store.js'
import {createMessageWriter} from '../../../server/services/message-writer.js'
import type {PreparedMessage} from '../../../server/services/prepare-messages.js'
import {AppError} from '../../../src/errors.js'
import {newId} from '../../../src/ids.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('writing messages', (newDatabase) => {
  let bench: WorkBench
  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())

  const message = (seq: number): PreparedMessage => ({
    seq,
    type: 'text',
    payload: JSON.stringify({seq, type: 'text'}),
    live: null,
  })
  const running = async () => {
    const runtime = await bench.addRuntime()
    await bench.addTask(await bench.addAgent(runtime))
    const {id} = await bench.claimFor(runtime)
    return {taskId: id, tokenHash: (await bench.row(id)).token_hash}
  }

  test('a batch that the database refuses in the middle stores nothing, hurts no other, and comes again whole (fault A3)', async () => {
    const writer = createMessageWriter(bench.context.db)
    const [good, bad] = [await running(), await running()]
    const broken = {...message(2), type: null as unknown as string}
    const answers = await Promise.allSettled([
      writer.write({...good, messages: [message(1)]}),
      writer.write({...bad, messages: [message(1), broken, message(3)]}),
      writer.write({...good, messages: [message(2), message(3)]}),
    ])
    assert.deepEqual(
      answers.map(({status}) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    const all = [message(1), message(2), message(3)]
    assert.equal((await writer.write({...bad, messages: all})).lastSeq, 3)
    assert.equal((await writer.write({...good, messages: all})).lastSeq, 3)
    for (const {taskId} of [good, bad]) {
      const rows = await bench.context.db.models.TaskMessage.findAll({
        where: {task_id: taskId},
        order: [['seq', 'ASC']],
      })
      assert.deepEqual(
        rows.map(({seq}) => seq),
        [1, 2, 3],
      )
    }
  })

  test('what an original daemon sends when its transcript is closed or deleted is dropped', async () => {
    const {context} = bench
    const writer = createMessageWriter(context.db)
    const write = async (taskId: string, ...seqs: number[]) => {
      const written = await writer.write({taskId, tokenHash: null, messages: seqs.map(message)})
      return [written.rows.length, written.lastSeq]
    }
    const {id} = await bench.addTask(await bench.addAgent(await bench.addRuntime()))
    const set = (values: object) => context.db.models.Task.update(values, {where: {id}})
    assert.deepEqual(await write(id, 7, 9), [2, 2])
    await set({status: 'completed', completed_at: context.now()})
    assert.deepEqual(await write(id, 8, 9), [1, 3])
    await set({sealed_at: context.now()})
    assert.deepEqual(await write(id, 10), [0, 3])
    await set({sealed_at: null, pruned_at: context.now()})
    assert.deepEqual(await write(id, 10), [0, 3])
    assert.equal(await context.db.models.TaskMessage.count({where: {task_id: id}}), 3)
  })

  test('messages without numbers of their own are numbered without a hole, also by two servers', async () => {
    const contexts = [bench.context]
    if (bench.context.db.dialect === 'postgres') contexts.push(await bench.reopen())
    const writers = contexts.map(({db}) => createMessageWriter(db))
    const {id} = await bench.addTask(await bench.addAgent(await bench.addRuntime()))
    const batches = Array.from({length: 60}, (_, index) =>
      // Every other one repeats what the one before has sent.
      [1, 2, 3].map((n) => message((index - (index % 2)) * 10 + n + (index % 2))),
    )
    const written = await Promise.all(
      batches.map((messages, index) =>
        // Some repeats go to the same one, some to the other.
        writers[(index % 3) % writers.length]?.write({taskId: id, tokenHash: null, messages}),
      ),
    )
    const repeats = await Promise.all(
      writers.flatMap((writer) =>
        batches.map((messages) => writer.write({taskId: id, tokenHash: null, messages})),
      ),
    )
    const rows = await bench.context.db.models.TaskMessage.findAll({
      where: {task_id: id},
      order: [['seq', 'ASC']],
    })
    const upTo120 = Array.from({length: 120}, (_, index) => index + 1)
    assert.deepEqual(
      rows.map(({seq}) => seq),
      upTo120,
    )
    assert.equal(new Set(rows.map(({given_seq}) => given_seq)).size, 120)
    const told = [...written, ...repeats].flatMap((one) => one?.rows ?? []).map(({seq}) => seq)
    assert.deepEqual(
      told.sort((a, b) => a - b),
      upTo120,
    )
  })

  /** Answers of a group that waits while one batch is being written, and how often the store was asked. */
  const groupRefused = async (code: 'unavailable' | 'internal') => {
    let asked = 0
    const store: StoreBatches = async () => {
      asked++
      await new Promise(setImmediate)
      throw new AppError(code, 'not now')
    }
    const writer = createMessageWriter(bench.context.db, {store})
    const task = {taskId: newId(), tokenHash: 'hash'}
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map((seq) => writer.write({...task, messages: [message(seq)]})),
    )
    return {asked, answers: answers.map(({status}) => status)}
  }

  test('a group for which there is no database is refused at once, and not batch by batch', async () => {
    const answers = Array.from({length: 4}, () => 'rejected')
    assert.deepEqual(await groupRefused('unavailable'), {asked: 2, answers})
    assert.deepEqual(await groupRefused('internal'), {asked: 5, answers})
  })

  test('what waits is bounded: more is refused until there is room again', async () => {
    let goOn = () => {}
    let largest = 0
    const store: StoreBatches = async (group) => {
      largest = Math.max(largest, group.length)
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      for (const {resolve} of group) resolve({rows: [], lastSeq: 1, status: 'running'})
    }
    const writer = createMessageWriter(bench.context.db, {store, maxLaneCharacters: 1000})
    const task = {taskId: newId(), tokenHash: 'hash'}
    const write = (characters: number) =>
      writer.write({
        ...task,
        messages: characters ? [{...message(1), payload: 'x'.repeat(characters)}] : [],
      })
    const large = write(5000)
    const refused = {code: 'unavailable', status: 503}
    await assert.rejects(write(1), refused, 'one that is too large by itself is taken alone')
    const turn = () => new Promise(setImmediate)
    goOn()
    await large
    await turn()
    const fitting = [write(400), write(400), write(200)]
    await assert.rejects(write(1), refused)
    const keepAlive = write(0)
    goOn()
    await fitting[0]
    await turn()
    goOn()
    await Promise.all([...fitting, keepAlive])
    await turn()
    assert.equal(largest, 3)
    const next = write(1000)
    goOn()
    await next
  })
})
