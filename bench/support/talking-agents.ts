/** Lines that the talker says in one run. */
export const LINES = 40

/** Between two lines of the talker: longer than all waits of the worker, so that no line waits for another. */
const PAUSE_MS = 25

/** Programs that play agents; each says when it said something, in milliseconds since the epoch. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  talker: `
const say = (content) => process.stdout.write(JSON.stringify({type: 'status', content}) + '\\n')
say('begun ' + performance.timeOrigin)
let left = ${LINES}
const timer = setInterval(() => {
  say('at ' + (performance.timeOrigin + performance.now()))
  if (--left === 0) {
    clearInterval(timer)
    process.stdout.write(JSON.stringify({type: 'result', output: 'done'}) + '\\n')
  }
}, ${PAUSE_MS})`,
  obeys: `process.stdout.write('working\\n'); setInterval(() => {}, 1000)`,
}
