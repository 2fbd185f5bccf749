import {Errors, type Hook, toConfiguredId} from '@oclif/core'
import {EXIT} from './exit-codes.js'

/** Furthest distance, in edits, at which a command is worth suggesting. */
const MAX_DISTANCE = 3

/** Called by oclif for a word that is no command: an error that names the closest one (contract §4.1). */
export const commandNotFound: Hook.CommandNotFound = async ({id, config}) => {
  const words = toConfiguredId(id, config)
  const [group] = id.split(':')
  const topic = config.findTopic(group ?? '')?.name
  const known = config.commands
    .filter(({hidden}) => !hidden)
    .map(({id}) => toConfiguredId(id, config))
  const closest = closestOf(words, known)
  process.stderr.write(`Error: unknown command "${words}" for "${config.bin}"\n`)
  if (closest) process.stderr.write(`Did you mean "${config.bin} ${closest}"?\n`)
  process.stderr.write(`Run "${config.bin} help${topic ? ` ${topic}` : ''}" for a list.\n`)
  throw new Errors.ExitError(EXIT.usage)
}

/** The known text that needs the fewest edits; undefined when none is near. */
export function closestOf(text: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({candidate, distance: editDistance(text, candidate)}))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= MAX_DISTANCE ? best.candidate : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
