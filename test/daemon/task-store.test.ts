import assert from 'node:assert/strict'
import {mkdir, readdir, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {
  createTaskFolder,
  listTaskFolders,
  readTaskSpec,
  removeOldFolders,
} from '../../src/daemon/task-store.js'
import {newId} from '../../src/ids.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {tempFolder} from '../support/temp-folder.js'

const specOf = (id: string) => ({server_url: 'http://x', task: {id}}) as TaskSpec
const hour = 3_600_000

async function age(path: string, ms: number): Promise<void> {
  const time = new Date(Date.now() - ms)
  await utimes(path, time, time)
}

test('a spec is private and readable', async () => {
  const root = await tempFolder()
  const id = newId()
  const folder = await createTaskFolder(root, specOf(id))
  assert.equal((await stat(folder.spec)).mode & 0o777, 0o600)
  assert.equal((await stat(folder.path)).mode & 0o777, 0o700)
  assert.equal((await readTaskSpec(folder))?.task.id, id)
  assert.deepEqual(
    (await listTaskFolders(root)).map(({path}) => path),
    [folder.path],
  )
})

test('a folder of the same task is put aside and no longer listed', async () => {
  const root = await tempFolder()
  const id = newId()
  const folder = await createTaskFolder(root, specOf(id))
  await writeFile(folder.journal, 'old')
  await createTaskFolder(root, specOf(id))
  await assert.rejects(stat(folder.journal), /ENOENT/)
  assert.equal((await readdir(join(root, 'tasks'))).length, 2)
  assert.equal((await listTaskFolders(root)).length, 1)
})

test('half a spec is no spec', async () => {
  const root = await tempFolder()
  const folder = await createTaskFolder(root, specOf(newId()))
  for (const text of ['', '{"task":', '{}', '{"task":{"id":1}}', 'null']) {
    await writeFile(folder.spec, text)
    assert.equal(await readTaskSpec(folder), undefined, text)
  }
})

test('only acknowledged folders of whole ids are removed, and only when they are old', async () => {
  const root = await tempFolder()
  const [old, young, open] = [newId(), newId(), newId()]
  for (const id of [old, young, open]) {
    const folder = await createTaskFolder(root, specOf(id))
    if (id === open) continue
    await writeFile(folder.done, '{}')
    await age(folder.done, id === old ? 2 * hour : hour / 2)
  }
  const foreign = join(root, 'tasks', old.slice(0, 8))
  await mkdir(foreign)
  await writeFile(join(foreign, 'done.json'), '{}')
  await age(join(foreign, 'done.json'), 9 * hour)
  assert.deepEqual(await removeOldFolders(root, hour), [old])
  assert.deepEqual(
    (await readdir(join(root, 'tasks'))).sort(),
    [young, open, old.slice(0, 8)].sort(),
  )
})
