import type {AgentEvent} from './adapter.js'

/**
 * Blocks of text that come in pieces and then once more as a whole: of the whole only what is missing
 * is told, so that nothing is said twice.
 */
export class TextBlocks {
  readonly #open = new Map<string, string>()

  piece(
    type: 'text' | 'thinking',
    block: string,
    text: string,
    parent: {parentCallId?: string} = {},
  ): AgentEvent[] {
    if (text === '') return [{type: 'progress'}]
    this.#open.set(block, (this.#open.get(block) ?? '') + text)
    return [{type, text, block, end: false, ...parent}]
  }

  whole(
    type: 'text' | 'thinking',
    block: string,
    text: string,
    parent: {parentCallId?: string} = {},
  ): AgentEvent[] {
    const said = this.#open.get(block)
    this.#open.delete(block)
    if (said === undefined && text === '') return [{type: 'progress'}]
    const rest = said === undefined ? text : text.startsWith(said) ? text.slice(said.length) : ''
    return [{type, text: rest, block, end: true, ...parent}]
  }
}
