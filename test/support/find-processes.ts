import {readdir, readFile} from 'node:fs/promises'

/** Processes with a text in their environment, such as the home of a test. Linux only; else none. */
export async function findProcesses(text: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(text),
    ),
  )
  return pids.filter((_, index) => found[index])
}
