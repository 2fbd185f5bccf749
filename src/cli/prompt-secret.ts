import {createInterface} from 'node:readline'
import {Writable} from 'node:stream'
import {invalid} from '../errors.js'
import {EXIT, Interruption} from './exit-codes.js'

/** Longer than any token. */
const MAX_BYTES = 4096

/**
 * Asks for a secret on a terminal without showing it, or reads the first line of standard input.
 * Never taken from the command line, where every process of the machine could read it.
 */
export async function readSecret(question: string): Promise<string> {
  const secret = process.stdin.isTTY ? await ask(question) : await readLine()
  if (secret.trim() === '') throw invalid('no token was given')
  return secret.trim()
}

function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({write: (_chunk, _encoding, done) => done()})
  const terminal = createInterface({input: process.stdin, output: silent, terminal: true})
  return new Promise<string>((resolve, reject) => {
    terminal.on('SIGINT', () => reject(new Interruption('interrupted', EXIT.interrupted)))
    terminal.on('close', () => reject(invalid('no token was given')))
    terminal.question('', resolve)
  }).finally(() => {
    terminal.close()
    process.stderr.write('\n')
  })
}

async function readLine(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.includes('\n') || text.length > MAX_BYTES) break
  }
  return text.split('\n', 1)[0]?.slice(0, MAX_BYTES) ?? ''
}
