// The agent of the fault suite: says the script of its issue, writes down for itself that it has, and ends.
import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {linesOf, writeScript} from './script.js'

const {CHAOS_FOLDER = '', MULTICA_TASK_ID = '', MULTICA_ISSUE_ID = '', TMPDIR = ''} = process.env
const script = writeScript(
  JSON.parse(await readFile(join(CHAOS_FOLDER, `${MULTICA_ISSUE_ID}.json`), 'utf8')),
)
await writeFile(join(TMPDIR, 'scratch'), 'something that nobody needs after the run')
if (script.leavesProcess) {
  const child = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
  spawn(process.execPath, ['-e', child], {detached: true, stdio: 'inherit'}).unref()
}
const write = (bytes: Buffer) =>
  new Promise<void>((resolve) => {
    if (process.stdout.write(bytes)) resolve()
    else process.stdout.once('drain', resolve)
  })

const hash = createHash('sha256')
for (const step of script.steps) {
  if ('pauseMs' in step) {
    await sleep(step.pauseMs)
    continue
  }
  const bytes = linesOf(step.say)
  hash.update(bytes)
  await write(bytes)
}
if (script.exitCode !== 0) process.stderr.write('chaos: this script is to fail\n')
// Who waits until this stands there knows that everything before it has left the program.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
await writeFile(
  join(CHAOS_FOLDER, `${MULTICA_TASK_ID}.diary.json`),
  JSON.stringify({hash: hash.digest('hex').slice(0, 16), exitCode: script.exitCode}),
)
process.exit(script.exitCode)
