/** Who holds a task's lock: a process, told apart from a later one of the same number by its start. */
export interface TaskLockHolder {
  pid: number
  start: string
}

/** @param id makes each claim of the lock another one */
export const encodeHolder = ({pid, start}: TaskLockHolder, id: string): string =>
  `${pid} ${start}\n${id}\n`

/** Undefined for what is no lock, or not whole. */
export function decodeHolder(text: string): TaskLockHolder | undefined {
  const [pid = '', ...start] = (text.split('\n')[0] ?? '').split(' ')
  return /^\d+$/.test(pid) ? {pid: Number(pid), start: start.join(' ')} : undefined
}
