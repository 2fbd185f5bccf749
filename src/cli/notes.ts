import ora from 'ora'

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
  let spinner: ReturnType<typeof ora> | undefined
  const done = () => {
    spinner?.stop()
    spinner = undefined
    waiting = undefined
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
      // Ctrl-C belongs to the command, which has an exit code to give.
      else {
        process.stderr.write(beforeLine())
        spinner = ora({text, discardStdin: false, hideCursor: false}).start()
      }
    },
    done,
  }
}
