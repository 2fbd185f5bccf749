import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import type {Readable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

export interface ProbeOptions {
  env: Readonly<Record<string, string | undefined>>
  limitMs: number
  signal?: AbortSignal | undefined
}

/** More words than this are no answer. */
const MAX_OUTPUT = 64 * 1024
/** How long the output of a program that has exited may stay open. */
const DRAIN_MS = 250

/**
 * Runs a program for what it prints, in a process group that is killed with whatever is in it. Not
 * even a descendant that keeps the pipes open holds the caller longer than the limit (fault B23).
 * @throws Error that says in what way the program did not answer
 */
export async function runProbe(
  path: string,
  args: readonly string[],
  {env, limitMs, signal}: ProbeOptions,
): Promise<string> {
  const child = spawn(path, args, {
    env: {...env},
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const limit = AbortSignal.timeout(limitMs)
  const stop = signal ? AbortSignal.any([signal, limit]) : limit
  const out = collect(child.stdout)
  const err = collect(child.stderr)
  try {
    const [code, killedBy] = await once(child, 'exit', {signal: stop})
    await Promise.race([Promise.all([out.done, err.done]), sleep(DRAIN_MS)])
    if (code === 0) return out.text()
    const how = killedBy ? `ended by ${killedBy}` : `exit code ${code}`
    throw new Error([how, err.text().trim().split('\n')[0]].filter(Boolean).join(': '))
  } catch (error) {
    if (limit.aborted) throw new Error(`no answer within ${limitMs / 1000} s`, {cause: error})
    throw error
  } finally {
    endGroup(child)
  }
}

function collect(stream: Readable): {text: () => string; done: Promise<void>} {
  let text = ''
  const read = async () => {
    for await (const chunk of stream.setEncoding('utf8')) {
      text += chunk
      // The program ends on a closed pipe, or at its limit.
      if (text.length > MAX_OUTPUT) return
    }
  }
  return {text: () => text, done: read().catch(() => undefined)}
}

function endGroup(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill()
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nothing is left of it.
  }
}
