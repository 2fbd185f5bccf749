import {type ChildProcess, spawn} from 'node:child_process'
import {createWriteStream} from 'node:fs'
import {join} from 'node:path'
import {packageRoot} from '../support/run-cli.js'
import {until} from '../support/until.js'

const START_LIMIT_MS = 90_000
const STOP_LIMIT_MS = 20_000

/** A process of the system that can be killed and comes back. */
export interface Part {
  readonly name: string
  child: ChildProcess
  start(): Promise<void>
  /** What its present process has said. */
  said: string
  /** It was told to end, so its end is no news. */
  isAsked: boolean
  /** The run is over: it does not come back, whoever is about to start it. */
  isRetired: boolean
}

export interface PartOptions {
  home: string
  args: string[]
  env: Record<string, string>
  ready: (said: string) => boolean
  /** It has ended though nobody wanted that. */
  onCrash: (text: string) => void
}

/** A command of the real program. Everything that it says is kept in `logs/` of the home. */
export function createPart(name: string, options: PartOptions): Part {
  const {home, args, ready} = options
  const log = createWriteStream(join(home, 'logs', `${name}.log`), {flags: 'a'})
  const self: Part = {
    name,
    said: '',
    isAsked: false,
    isRetired: false,
    child: undefined as unknown as ChildProcess,
    async start() {
      if (self.isRetired) throw new Error(`${name} does not start again: the run is over`)
      const child = spawn(process.execPath, [`${packageRoot}bin/run.js`, ...args], {
        env: {PATH: process.env.PATH, HOME: home, TMPDIR: join(home, 'tmp'), ...options.env},
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      self.child = child
      self.said = ''
      self.isAsked = false
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          log.write(text)
          if (self.child === child) self.said = (self.said + text).slice(-100_000)
        })
      }
      let isReady = false
      child.once('exit', (code, signal) => {
        if (self.isAsked || self.isRetired || self.child !== child || !isReady) return
        options.onCrash(`${name} ended by itself (${code ?? signal}): ${self.said.slice(-1500)}`)
        self.start().catch((error: unknown) => options.onCrash(String(error)))
      })
      await until(
        `${name} is ready`,
        () => {
          if (hasEnded(child)) throw new Error(`${name} ended by itself: ${self.said}`)
          return ready(self.said)
        },
        START_LIMIT_MS,
      )
      isReady = true
    },
  }
  return self
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

/** Ends a part for good, though a fault may be about to start it again. */
export async function retirePart(part: Part): Promise<void> {
  part.isRetired = true
  await stopPart(part)
}

/** Ends a part as a service manager would, and by force when that takes too long. */
export async function stopPart(part: Part): Promise<void> {
  const {child} = part
  part.isAsked = true
  if (hasEnded(child)) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await exited
  clearTimeout(timer)
}

export async function killPart(part: Part): Promise<void> {
  const {child} = part
  part.isAsked = true
  if (hasEnded(child)) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}
