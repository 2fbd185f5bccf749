import {Octicon} from '../icons/octicon.js'

/** A round mark for somebody: initials of a person, a robot for an agent. */
export function Avatar({type, name}: {type: string; name: string}) {
  if (type === 'agent') {
    return (
      <span class="avatar-mark avatar-agent">
        <Octicon name="hubot" />
      </span>
    )
  }
  return <span class={`avatar-mark avatar-tone-${toneOf(name)}`}>{initials(name)}</span>
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return (
    letters
      .map((word) => [...(word ?? '')][0] ?? '')
      .join('')
      .toUpperCase() || '?'
  )
}

/** The same person always has the same of six tones. */
function toneOf(name: string): number {
  let sum = 0
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return sum % 6
}
