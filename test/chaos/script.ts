import {createRandom, type Random} from './random.js'

/** Something that an agent says; what it is to become in the transcript follows from it. */
export type Utterance =
  | {type: 'text' | 'thinking' | 'status'; content: string}
  | {type: 'tool_use'; tool: string; call_id: string; input: Record<string, unknown>}
  | {type: 'tool_result'; call_id: string; output: string; is_error: boolean}
  /** Bytes that are no UTF-8, as one plain line. */
  | {type: 'junk'; bytes: Buffer}

export type Step = {say: Utterance} | {pauseMs: number}

const WORDS = 'river stone lamp cloud train apple window garden paper yellow winter bread'.split(
  ' ',
)

/**
 * Everything that the agent of a task says, in order, the same for the same seed. Each utterance
 * carries its number, so that none can stand for another.
 * @param seed the task's id, so that agent and checker need not talk
 */
export function writeScript(seed: string): Step[] {
  const random = createRandom(seed)
  const steps: Step[] = []
  let number = 0
  const say = (utterance: Utterance) => steps.push({say: utterance})
  const count = random.int(30, 90)
  for (let index = 0; index < count; index++) {
    const id = ++number
    if (random.chance(0.35))
      say({type: 'text', content: `${id} ${words(random, random.int(1, 60))}`})
    else if (random.chance(0.2)) say({type: 'thinking', content: `${id} ${words(random, 20)}`})
    else if (random.chance(0.15)) say({type: 'status', content: `${id} ${words(random, 3)}`})
    else if (random.chance(0.08)) {
      // Plain lines that follow each other would be one text.
      say({type: 'junk', bytes: junk(random, id)})
      say({type: 'status', content: `after ${id}`})
    } else for (const one of toolCall(random, id)) say(one)
    if (random.chance(0.5)) steps.push({pauseMs: random.int(1, 120)})
  }
  const special = random.next()
  if (special < 0.1) for (let n = 0; n < 10_000; n++) say({type: 'status', content: `burst ${n}`})
  else if (special < 0.15) say({type: 'text', content: `long ${'line '.repeat(2_000_000)}`})
  else if (special < 0.25) steps.push({pauseMs: 4000})
  say({type: 'text', content: `end ${seed}`})
  return steps
}

function toolCall(random: Random, id: number): Utterance[] {
  const call_id = `call-${id}`
  const size = random.chance(0.03) ? 300_000 : random.chance(0.2) ? 2000 : 20
  const output = `${id} ${words(random, 5)} ${'ö line\n'.repeat(size)}`
  return [
    {
      type: 'tool_use',
      tool: random.pick(['bash', 'read', 'edit']),
      call_id,
      input: {step: id, words: words(random, 8)},
    },
    {type: 'tool_result', call_id, output, is_error: random.chance(0.2)},
  ]
}

const words = (random: Random, count: number): string =>
  Array.from({length: count}, () => random.pick(WORDS)).join(' ')

/** No line end, and nothing that a line of JSON begins with. */
function junk(random: Random, id: number): Buffer {
  const bytes = Array.from({length: random.int(5, 300)}, () => random.int(0, 255))
  return Buffer.from([...Buffer.from(`${id}|`), ...bytes.filter((b) => b !== 10 && b !== 13)])
}
