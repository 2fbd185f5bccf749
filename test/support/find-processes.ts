import {readdir, readFile} from 'node:fs/promises'

/** Processes with all of these texts in their environment, such as the home of a test. Linux only; else none. */
export async function findProcesses(...texts: string[]): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      return texts.every((text) => environment.includes(text))
    }),
  )
  return pids.filter((_, index) => found[index])
}
