import type {Ora} from 'ora'

/** Talk on standard error. A line that waits turns on a terminal and stands still elsewhere. */
export interface Notes {
  say(text: string): void
  /** Shows what is waited for; the same text again changes nothing. */
  wait(text: string): void
  /** The wait is over. */
  done(): void
}

/** @param beforeLine what must be written first, when the cursor stands behind other text */
export function createNotes(beforeLine: () => string): Notes {
  const terminal = process.stderr.isTTY === true
  let waiting: string | undefined
  let spinner: Ora | undefined
  const done = () => {
    spinner?.stop()
    spinner = undefined
    waiting = undefined
  }
  /** It is loaded by whoever waits: most commands do not, and it takes as long as all of their own code. */
  const turn = async () => {
    const {default: ora} = await import('ora')
    if (waiting === undefined || spinner) return
    process.stderr.write(beforeLine())
    // Ctrl-C belongs to the command, which has an exit code to give.
    spinner = ora({text: waiting, discardStdin: false, hideCursor: false}).start()
  }
  return {
    say(text) {
      done()
      process.stderr.write(`${beforeLine()}${text}\n`)
    },
    wait(text) {
      if (text === waiting) return
      waiting = text
      if (!terminal) process.stderr.write(`${text}\n`)
      else if (spinner) spinner.text = text
      else void turn()
    },
    done,
  }
}
