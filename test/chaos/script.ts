import {createHash} from 'node:crypto'
import {createRandom, type Random} from './random.js'

/** Something that an agent says; what it is to become in the transcript follows from it. */
export type Utterance =
  | {type: 'text' | 'thinking' | 'status'; content: string}
  /** A text that comes in pieces. */
  | {type: 'pieces'; block: string; pieces: string[]}
  | {type: 'tool_use'; tool: string; call_id: string; input: Record<string, unknown>}
  | {type: 'tool_result'; call_id: string; output: string; is_error: boolean}
  /** Bytes that are no UTF-8, as one plain line. */
  | {type: 'junk'; bytes: Buffer}

export type Step = {say: Utterance} | {pauseMs: number}

/** What an agent is to do, the same for the same seed. */
export interface Script {
  steps: Step[]
  /** 0: it ends well. */
  exitCode: number
  /** Leaves a process behind that only force ends. */
  leavesProcess: boolean
}

export interface ScriptSeed {
  seed: string
  /** Silences that are longer than a lease. */
  patient: boolean
}

/**
 * What no reader may ever see: the value of a variable in the agent's environment, and a token that is known
 * by its shape. `masked` is what stands there instead.
 */
export const SECRETS = [
  {raw: 'chaos-Qx7vJ2mLp9-environment', masked: '[masked:environment]'},
  {raw: `ghp_${'aB3dE5gH7jK9'.repeat(3)}`, masked: 'ghp_[masked:github-token]'},
] as const
export const SECRET_ENV = {CHAOS_API_TOKEN: SECRETS[0].raw}

/** A text as readers may see it. */
export const masked = (text: string): string =>
  SECRETS.reduce((safe, {raw, masked}) => safe.replaceAll(raw, masked), text)

const WORDS = 'river stone lamp cloud train apple window garden paper yellow winter bread'.split(
  ' ',
)

/**
 * Everything that an agent says, in order. Each utterance carries its number, so that none can stand for
 * another.
 */
export function writeScript({seed, patient}: ScriptSeed): Script {
  const random = createRandom(seed)
  const steps: Step[] = []
  let number = 0
  const say = (utterance: Utterance) => steps.push({say: utterance})
  const count = random.int(30, 90)
  for (let index = 0; index < count; index++) {
    for (const one of utterances(random, ++number)) say(one)
    if (random.chance(0.5)) steps.push({pauseMs: random.int(1, 120)})
  }
  const special = random.next()
  if (special < 0.1) for (let n = 0; n < 10_000; n++) say({type: 'status', content: `burst ${n}`})
  else if (special < 0.15) say({type: 'text', content: `long ${'line '.repeat(2_000_000)}`})
  else if (special < 0.2) steps.push({pauseMs: patient ? 45_000 : 4000})
  say({type: 'text', content: `end ${seed} ${random.chance(0.3) ? SECRETS[0].raw : 'well'}`})
  const exitCode = random.chance(0.08) ? 3 : 0
  return {steps, exitCode, leavesProcess: random.chance(0.2)}
}

function utterances(random: Random, id: number): Utterance[] {
  if (random.chance(0.3)) return [{type: 'text', content: `${id} ${words(random, 1, 60)}`}]
  if (random.chance(0.2)) return [{type: 'thinking', content: `${id} ${words(random, 5, 20)}`}]
  if (random.chance(0.15)) return [{type: 'status', content: `${id} ${words(random, 1, 3)}`}]
  if (random.chance(0.12)) return [pieces(random, id)]
  // Plain lines that follow each other would be one text.
  if (random.chance(0.1)) return [junk(random, id), {type: 'status', content: `after ${id}`}]
  return toolCall(random, id)
}

/** A secret is cut wherever the pieces are. */
function pieces(random: Random, id: number): Utterance {
  const text = `${id} ${words(random, 5, 40)} ${words(random, 1, 3)}`
  const list: string[] = []
  for (let at = 0; at < text.length; ) {
    const size = random.int(1, 12)
    list.push(text.slice(at, at + size))
    at += size
  }
  return {type: 'pieces', block: `p${id}`, pieces: list}
}

function toolCall(random: Random, id: number): Utterance[] {
  const call_id = `call-${id}`
  const size = random.chance(0.03) ? 300_000 : random.chance(0.2) ? 2000 : 20
  const output = `${id} ${words(random, 2, 8)} ${'ö line\n'.repeat(size)}`
  const input = {
    step: id,
    words: words(random, 2, 8),
    ...(random.chance(0.1) && {body: 'content of a file\n'.repeat(random.int(500, 3000))}),
  }
  return [
    {type: 'tool_use', tool: random.pick(['bash', 'read', 'edit']), call_id, input},
    {type: 'tool_result', call_id, output, is_error: random.chance(0.2)},
  ]
}

/** Now and then a secret stands among them. */
const words = (random: Random, from: number, to: number): string =>
  Array.from({length: random.int(from, to)}, () =>
    random.chance(0.01) ? random.pick(SECRETS).raw : random.pick(WORDS),
  ).join(' ')

/** No line end, and nothing that a line of JSON begins with. */
function junk(random: Random, id: number): Utterance {
  const bytes = Array.from({length: random.int(5, 300)}, () => random.int(0, 255))
  const line = [...Buffer.from(`${id}|`), ...bytes.filter((b) => b !== 10 && b !== 13)]
  return {type: 'junk', bytes: Buffer.from(line)}
}

/** The bytes of an utterance on standard output. */
export function linesOf(utterance: Utterance): Buffer {
  const json = (value: object) => `${JSON.stringify(value)}\n`
  switch (utterance.type) {
    case 'junk':
      return Buffer.concat([utterance.bytes, Buffer.from('\n')])
    case 'pieces': {
      const {block} = utterance
      return Buffer.from(
        utterance.pieces.map((content) => json({type: 'text', block, content})).join(''),
      )
    }
    default:
      return Buffer.from(json(utterance))
  }
}

/** One short name for everything that a script says. */
export function hashOf(script: Script): string {
  const hash = createHash('sha256')
  for (const step of script.steps) if ('say' in step) hash.update(linesOf(step.say))
  return hash.digest('hex').slice(0, 16)
}
