import {existsSync} from 'node:fs'
import {chmod, mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {replaceFile} from '../replace-file.js'
import type {Environment} from '../settings/environment.js'
import {stableNode} from '../settings/stable-node.js'

/** The command line of this installation; this file runs as `dist/src/daemon/cli-shim.js` or from source. */
const RUN_JS = ['../../../bin/run.js', '../../bin/run.js'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/**
 * Writes an executable `multica` that runs this installation with this Node, so that agents find the
 * command line whatever is on their PATH (fault list 65).
 * @returns the folder to put in front of an agent's PATH
 */
export async function writeCliShim(stateDir: string, env: Environment): Promise<string> {
  const folder = join(stateDir, 'bin')
  const path = join(folder, 'multica')
  const run = RUN_JS.find((candidate) => existsSync(candidate)) ?? RUN_JS[0]
  await mkdir(folder, {recursive: true, mode: 0o700})
  await replaceFile(path, `#!/bin/sh\nexec ${quote(stableNode(env))} ${quote(String(run))} "$@"\n`)
  await chmod(path, 0o700)
  return folder
}

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
