#!/usr/bin/env node
// The program behind the demo's agent. Usage: node inspect-repository.js <checkout>
import {argv, exit, stdin, stdout} from 'node:process'
import {processEnvironment} from '../settings/environment.js'
import {inspect} from './inspection.js'
import {createNarrator} from './narrator.js'

const root = argv[2]
if (!root) {
  stdout.write('usage: inspect-repository <checkout>\n')
  exit(2)
}
// The prompt is not needed: the work is always the same.
stdin.resume()
stdin.unref?.()
const narrator = createNarrator(stdout)
const report = await inspect(root, narrator, processEnvironment().MULTICA_ISSUE_ID)
narrator.finish(report)
