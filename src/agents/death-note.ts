import type {AgentEvent, AgentIo} from './adapter.js'

const LAST_LINES = 5

/**
 * What an end without a result has to say, when the program says why on standard error (fault G4).
 * Nothing for one that ended well or in silence: the worker names that itself.
 * @param rejected words by which the program refuses a session that was to be resumed
 */
export async function* deathNote(
  name: string,
  io: AgentIo,
  rejected?: RegExp | undefined,
): AsyncGenerator<AgentEvent> {
  const exit = await io.exited
  const stderr = io.stderrTail()
  if (exit.code === 0 || stderr === '') return
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`
  yield {
    type: 'result',
    outcome: 'failed',
    error: `${name} ${how}: ${stderr.split('\n').slice(-LAST_LINES).join('\n')}`,
    ...(rejected?.test(stderr) && {sessionRejected: true}),
  }
}
