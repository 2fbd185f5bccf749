// The agent of the fault suite: says the script of its task, and ends well.
import {setTimeout as sleep} from 'node:timers/promises'
import {type Utterance, writeScript} from './script.js'

const line = (utterance: Utterance): Buffer =>
  utterance.type === 'junk'
    ? Buffer.concat([utterance.bytes, Buffer.from('\n')])
    : Buffer.from(`${JSON.stringify(utterance)}\n`)

const write = (bytes: Buffer) =>
  new Promise<void>((resolve) => {
    if (process.stdout.write(bytes)) resolve()
    else process.stdout.once('drain', resolve)
  })

for (const step of writeScript(process.env.MULTICA_TASK_ID ?? '')) {
  if ('pauseMs' in step) await sleep(step.pauseMs)
  else await write(line(step.say))
}
