import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {availableParallelism} from 'node:os'
import {fileURLToPath} from 'node:url'

/** What a process of the suite can be asked; answers must survive JSON. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of every shape, checked where they are called
export type Calls = Record<string, (input: any) => unknown>

export interface Child<T extends Calls> {
  pid: number
  call<K extends keyof T & string>(
    name: K,
    ...input: Parameters<T[K]>
  ): Promise<Awaited<ReturnType<T[K]>>>
  stop(): Promise<void>
}

interface Answer {
  id: number
  value?: unknown
  error?: string
}

/** Names a folder for CPU profiles of the processes, for those who want to know where the time goes. */
export const PROFILE_VARIABLE = 'MULTICA_BENCH_PROFILES'

/** The server's process keeps one core for itself, the load generator another one. */
export type Core = 'server' | 'load'

/**
 * Starts a process of the suite on its own core, where the system can do that.
 * @param file relative to `bench/`, as it is after compilation
 */
export async function startChild<T extends Calls>(file: string, core: Core): Promise<Child<T>> {
  const script = fileURLToPath(new URL(`../${file}`, import.meta.url))
  const folder = process.env[PROFILE_VARIABLE]
  const profile = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []
  const node = [process.execPath, '--expose-gc', ...profile, script]
  const [command = '', ...args] = canPin() ? ['taskset', '-c', coreOf(core), ...node] : node
  const child = spawn(command, args, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']})
  await once(child, 'message')
  return {pid: child.pid ?? 0, ...talkTo(child)}
}

function talkTo<T extends Calls>(child: ChildProcess): Pick<Child<T>, 'call' | 'stop'> {
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  child.once('exit', (code, signal) => {
    const error = `a process of the suite ended with ${signal ?? code}`
    for (const [id, settle] of waiting) settle({id, error})
  })
  return {
    call: (name, ...[input]) =>
      new Promise((resolve, reject) => {
        const id = ++asked
        waiting.set(id, ({value, error}) => {
          waiting.delete(id)
          if (error === undefined) resolve(value as never)
          else reject(new Error(`${name}: ${error}`))
        })
        child.send({id, name, input}, (error) => error && reject(error))
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** In the child: answers what the parent asks, and ends with it. */
export function answerCalls(calls: Calls, stop: () => Promise<void> = async () => {}): void {
  process.on('message', async ({id, name, input}: {id: number; name: string; input: unknown}) => {
    try {
      const value = await calls[name]?.(input)
      process.send?.({id, value})
    } catch (error) {
      process.send?.({id, error: String((error as Error).stack ?? error)})
    }
  })
  process.once('disconnect', () => void stop().finally(() => process.exit(0)))
  process.send?.({id: 0})
}

const canPin = (): boolean =>
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
const coreOf = (core: Core): string => (core === 'server' ? '0' : '1')
