import {Flags} from '@oclif/core'

/** What a daemon may leave on the disk; ages like 14d, 2w or 36h. */
export const DISK_FLAGS = {
  'work-retention': Flags.string({
    description:
      'work folders that no run has used for so long go; 14d (MULTICA_DAEMON_WORK_RETENTION)',
  }),
  'repo-retention': Flags.string({
    description: 'the same for clones of repositories; 30d (MULTICA_DAEMON_REPO_RETENTION)',
  }),
  'disk-quota': Flags.string({
    description: 'most of both and of journals together; 20GiB (MULTICA_DAEMON_DISK_QUOTA)',
  }),
}
