// Runs the compiled tests: every *.test.js below dist/test, or below the folders that are named.
// Node 20 and Node 24 read a folder argument differently; a list of files means the same to both.
import {spawn} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('../dist/test/', import.meta.url))
const folders = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const files = (folders.length > 0 ? folders : ['.']).flatMap((folder) =>
  readdirSync(join(root, folder), {recursive: true})
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(root, folder, name)),
)
if (files.length === 0) {
  console.error('no tests found; run npm run build first')
  process.exit(1)
}
// Most of them wait for processes: two at a time even on a machine of two processors.
const atOnce = `--test-concurrency=${Math.max(2, availableParallelism())}`
// A file whose process does not end fails, instead of everything waiting for it for ever.
const limit = '--test-timeout=600000'
const child = spawn(process.execPath, ['--test', atOnce, limit, ...flags, ...files.sort()], {
  stdio: 'inherit',
})
child.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
