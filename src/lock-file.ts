import lockfile from 'proper-lockfile'

export interface FileLockOptions {
  /** Where the lock lies; beside the file unless given. */
  lockfilePath?: string
  /** Age in milliseconds from which a lock that nobody has renewed does not count. */
  stale?: number
  retries: lockfile.LockOptions['retries']
}

/**
 * A lock between processes for a short piece of work; what it is for need not exist.
 * A lock that is taken away, as after a sleep of the machine, ends nothing: by itself the library would
 * end the whole process.
 * @returns a function that releases it
 * @throws when it is held by another process for longer than the tries take
 */
export async function lockFile(
  path: string,
  options: FileLockOptions,
): Promise<() => Promise<void>> {
  let isLost = false
  const onCompromised = () => {
    isLost = true
  }
  const release = await lockfile.lock(path, {realpath: false, ...options, onCompromised})
  return async () => {
    if (!isLost) await release()
  }
}
