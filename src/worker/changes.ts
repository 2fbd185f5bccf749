import {readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {OWN_FILE_MARK} from '../../templates/agent-files/instructions.js'
import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import {MAX_RESULT_BYTES} from '../protocol/limits.js'
import {type CheckoutDiff, DiffBody} from '../protocol/task-diff.js'
import {draftOf, replaceFile} from '../replace-file.js'
import {findCheckouts} from '../repos/find-checkouts.js'
import {readChanges} from '../repos/read-changes.js'
import type {Bench} from './bench.js'
import {type WorkFolder, workFolderOf} from './work-folder.js'

/** Longest that all checkouts of a run may take together. */
const GATHER_MS = 20_000
/** Files of ours beside an agent's work (contract §5.9). */
const INSTRUCTION_FILES = ['CLAUDE.md', 'AGENTS.md']

/** What a run has changed: gathered once, kept on disk, and brought to the server beside its end. */
export interface Changes {
  /** Tries to bring them for so long. @returns whether there is nothing more to do */
  send(deadlineMs: number): Promise<boolean>
}

/**
 * Gathers the changes in every git checkout of a run, however it ended, once its processes are gone.
 * Trouble with them is told among them and never becomes trouble of the run.
 */
export async function gatherChanges(bench: Bench): Promise<Changes> {
  const body = await onDisk(bench).catch((error: unknown) => {
    bench.log.warn({event: 'changes_not_gathered', error: String(error)})
    return undefined
  })
  let done = !body || body.checkouts.length === 0
  return {
    async send(deadlineMs) {
      if (body && !done) done = await upload(bench, body, deadlineMs)
      return done
    },
  }
}

/** What an earlier worker has gathered counts; one that died over it is not followed into that. */
async function onDisk(bench: Bench): Promise<DiffBody> {
  const file = bench.folder.diff
  const present = await readFile(file, 'utf8').catch(() => undefined)
  if (present !== undefined) {
    await rm(draftOf(file), {force: true})
    return DiffBody.parse(JSON.parse(present))
  }
  await keep(file, {checkouts: []})
  const body = fit({checkouts: await gather(bench, await workFolderOf(bench.spec))})
  await keep(file, body)
  return body
}

const keep = (file: string, body: DiffBody): Promise<void> =>
  replaceFile(file, JSON.stringify(body))

async function gather(bench: Bench, {workDir, tempDir}: WorkFolder): Promise<CheckoutDiff[]> {
  const signal = AbortSignal.any([bench.signal, AbortSignal.timeout(GATHER_MS)])
  const checkouts: CheckoutDiff[] = []
  for (const {path, name} of await findCheckouts(workDir)) {
    const began = Date.now()
    const shown = bench.masker.mask(name)
    const diff = await readChanges({
      path,
      name: shown,
      tempDir,
      ignored: name === '.' ? await ownFiles(path) : [],
      env: bench.inherited,
      mask: bench.masker.mask,
      signal,
    }).catch((error: unknown) =>
      unreadable(shown, bench.masker.mask(String((error as Error).message))),
    )
    checkouts.push(diff)
    bench.log.info({
      event: 'changes_read',
      checkout: name,
      files: diff.files_total,
      error: diff.error,
      took_ms: Date.now() - began,
    })
  }
  return checkouts
}

/** What the server takes in one call: patches go first, from the end on. */
function fit(body: DiffBody): DiffBody {
  let over = Buffer.byteLength(JSON.stringify(body)) - MAX_RESULT_BYTES
  for (const checkout of body.checkouts.toReversed()) {
    for (const file of checkout.files.toReversed()) {
      if (over <= 0) return body
      if (file.patch === null) continue
      over -= Buffer.byteLength(JSON.stringify(file.patch))
      Object.assign(file, {patch: null, omitted: 'limit'})
      checkout.truncated = true
    }
  }
  return body
}

/** Instructions that we have written there, and nobody else. */
async function ownFiles(path: string): Promise<string[]> {
  const ours = await Promise.all(
    INSTRUCTION_FILES.map(async (name) => {
      const text = await readFile(join(path, name), 'utf8').catch(() => '')
      return text.startsWith(OWN_FILE_MARK) ? [name] : []
    }),
  )
  return ours.flat()
}

const unreadable = (name: string, error: string): CheckoutDiff => ({
  name,
  url: null,
  branch: null,
  base: null,
  head: null,
  commits: [],
  commits_total: 0,
  files: [],
  files_total: 0,
  additions: 0,
  deletions: 0,
  truncated: true,
  error: error.slice(0, 2000),
})

/** @returns false when it is worth another try */
async function upload(bench: Bench, body: DiffBody, deadlineMs: number): Promise<boolean> {
  const {api, spec, log} = bench
  const signal = AbortSignal.any([bench.signal, AbortSignal.timeout(deadlineMs)])
  try {
    await retry(() => api.uploadDiff(spec.task.id, body, {signal}), {
      signal,
      isFinal: isRefused,
    })
    return true
  } catch (error) {
    const final = error instanceof ApiError && isRefused(error)
    log.warn({event: final ? 'changes_refused' : 'changes_not_sent', error: String(error)})
    return final
  }
}
