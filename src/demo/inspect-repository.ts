#!/usr/bin/env node
// The program behind the demo's agent. Usage: node inspect-repository.js <checkout> [issue id]
import {argv, exit, stdin, stdout} from 'node:process'
import {inspect} from './inspection.js'
import {createNarrator} from './narrator.js'

const root = argv[2]
if (!root) {
  stdout.write('usage: inspect-repository <checkout> [issue id]\n')
  exit(2)
}
// The prompt is not needed: the work is always the same.
stdin.resume()
stdin.unref?.()
const narrator = createNarrator(stdout)
const report = await inspect(root, narrator, argv[3])
narrator.finish(report)
