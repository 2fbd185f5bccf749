const MARK = '(?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----'
const BEGIN = new RegExp(`-----BEGIN ${MARK}`)
/** The first line as far as it has come. */
const OPEN_BEGIN = /-{1,5}$|-----B[A-Z0-9 ]{0,100}-{0,4}$/
const END = new RegExp(`-----END ${MARK}`)
/**
 * What stands in no key: the key was only talked about, or was cut. Four words of a sentence, letters
 * of other scripts, and what programs are made of.
 */
const OTHER_TEXT =
  /(?:(?<![\w+/=])[A-Za-z][a-z']{0,14}[,.:!?]? ){3}[A-Za-z][a-z']{0,14}(?![\w+/=])|(?![A-Za-z])\p{L}|[{}();]/u
/** Lines of a key that are words. */
const HEADER_LINE = /(?:Version|Comment|Hash|Charset|MessageID|Proc-Type|DEK-Info): [^\n]*/g
/** Longer than every mark and every group of words by which an end is found. */
const TAIL = 300

/** Where a private key begins; -1 when none does. */
export const keyBegin = (text: string): number => text.search(BEGIN)

/** Where at the end of a text a private key may be about to begin; its length when none may. */
export function openKeyBegin(text: string): number {
  const at = text.slice(-120).search(OPEN_BEGIN)
  return at < 0 ? text.length : Math.max(0, text.length - 120) + at
}

/** The inside of a private key, which comes in pieces and of which only the end matters. */
export class KeyBlock {
  #text = ''

  /**
   * @param last nothing follows
   * @returns what stands behind the key, once its end has been seen
   */
  push(piece: string, last = false): string | undefined {
    this.#text += piece
    const text = this.#text.replace(HEADER_LINE, (line) => '='.repeat(line.length))
    const end = END.exec(text)
    const other = OTHER_TEXT.exec(last ? text : `${text}=`)
    if (end && !(other && other.index < end.index))
      return this.#text.slice(end.index + end[0].length)
    if (other) return this.#text.slice(other.index)
    this.#text = this.#text.slice(-TAIL)
    return undefined
  }
}
