import * as z from 'zod'
import type {Timestamp} from './primitives.js'

/** Bytes of one file's patch; a longer one is left out whole. */
export const MAX_FILE_PATCH_BYTES = 256 * 1024
/** Bytes of all patches of one checkout; cut on a file's border. */
export const MAX_CHECKOUT_PATCH_BYTES = 1024 * 1024
/** Files of one checkout that are named; more are only counted. */
export const MAX_DIFF_FILES = 2000
/** The newest commits so many; more are only counted. */
export const MAX_DIFF_COMMITS = 100
/** Checkouts of one run; what lies beside them is not looked at. */
export const MAX_CHECKOUTS = 8

const Count = z.number().int().min(0)

export const FILE_CHANGES = ['added', 'modified', 'deleted', 'renamed', 'type_changed'] as const
export type FileChange = (typeof FILE_CHANGES)[number]

/**
 * Why a changed file has no patch. `binary`: it is no text. `large`: the file or its patch is too large.
 * `limit`: the checkout's patches before it have used up the room.
 */
export const PATCH_OMISSIONS = ['binary', 'large', 'limit'] as const

export const DiffFile = z.object({
  path: z.string().max(4096),
  /** Of a renamed file: its name before. */
  old_path: z.string().max(4096).nullable().default(null),
  change: z.enum(FILE_CHANGES),
  /** Lines; null for a file that is no text. */
  additions: Count.nullable(),
  deletions: Count.nullable(),
  /** Bytes of the file as it is now, or was before it was deleted; null when that is not known. */
  size: Count.nullable().default(null),
  /** It has changes that are in no commit. */
  uncommitted: z.boolean().default(false),
  /** Its part of the unified diff, from `diff --git` on; null when it is left out. */
  patch: z.string().nullable(),
  omitted: z.enum(PATCH_OMISSIONS).nullable().default(null),
  /** The patch is not what git printed: secrets were masked in it, or it was no UTF-8. */
  altered: z.boolean().default(false),
})
export type DiffFile = z.infer<typeof DiffFile>

export const DiffCommit = z.object({
  sha: z.string().max(64),
  subject: z.string().max(1000),
  author: z.string().max(500),
  at: z.string().max(40),
})
export type DiffCommit = z.infer<typeof DiffCommit>

/** What a run has done in one git checkout: everything between its base and the files as they lie there. */
export const CheckoutDiff = z.object({
  /** Path below the work folder; `.` for the work folder itself. */
  name: z.string().max(4096),
  url: z.string().max(4096).nullable().default(null),
  /** null for a detached head. */
  branch: z.string().max(500).nullable(),
  /** Commit with which all is compared; null when there is none: then everything is new. */
  base: z.string().max(64).nullable(),
  head: z.string().max(64).nullable(),
  /** Newest first. */
  commits: z.array(DiffCommit).max(MAX_DIFF_COMMITS),
  commits_total: Count,
  files: z.array(DiffFile).max(MAX_DIFF_FILES),
  files_total: Count,
  additions: Count,
  deletions: Count,
  /** Something of it is left out: files, or patches for want of room. */
  truncated: z.boolean(),
  /** Why it could not be read, or not whole. */
  error: z.string().max(2000).nullable().default(null),
})
export type CheckoutDiff = z.infer<typeof CheckoutDiff>

/** Body of `PUT /api/daemon/tasks/{id}/diff`. */
export const DiffBody = z.object({checkouts: z.array(CheckoutDiff).max(MAX_CHECKOUTS)})
export type DiffBody = z.infer<typeof DiffBody>

/** Answer of `GET /api/tasks/{id}/diff`. */
export interface TaskDiff extends DiffBody {
  task_id: string
  created_at: Timestamp
}

/** What a task itself says of its diff. */
export interface DiffSummary {
  files: number
  additions: number
  deletions: number
  commits: number
}

export function summariseDiff({checkouts}: DiffBody): DiffSummary {
  const sum = (count: (checkout: CheckoutDiff) => number) =>
    checkouts.reduce((total, checkout) => total + count(checkout), 0)
  return {
    files: sum(({files_total: files}) => files),
    additions: sum(({additions}) => additions),
    deletions: sum(({deletions}) => deletions),
    commits: sum(({commits_total: commits}) => commits),
  }
}

/** All patches as one text that `git apply` takes. Of several checkouts each begins with its name. */
export function patchOf({checkouts}: DiffBody): string {
  return checkouts
    .map((checkout) => {
      const patch = checkout.files.map((file) => file.patch ?? '').join('')
      return checkouts.length === 1 ? patch : `# ${checkout.name}\n${patch}`
    })
    .join('')
}
