import assert from 'node:assert/strict'
import {readdir, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {createTaskFolder, listTaskFolders, readTaskSpec} from '../../src/daemon/task-store.js'
import {newId} from '../../src/ids.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {tempFolder} from '../support/temp-folder.js'

const specOf = (id: string) => ({server_url: 'http://x', task: {id}}) as TaskSpec
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
