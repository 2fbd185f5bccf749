import {existsSync} from 'node:fs'
import {mkdir, rename, rm, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'

/**
 * Installs an exact version of an agent's package into a cache folder outside the project
 * (`MULTICA_TEST_CACHE`, else `~/.cache/multica-agents`), once.
 * @param spec such as `@openai/codex@0.169.0`
 * @returns the folder with the installed programs (`node_modules/.bin`)
 */
export async function installCli(spec: string): Promise<string> {
  const cache = process.env.MULTICA_TEST_CACHE ?? join(homedir(), '.cache', 'multica-agents')
  const folder = join(cache, spec.replaceAll(/[^\w.@-]/g, '_'))
  const bin = join(folder, 'node_modules', '.bin')
  if (existsSync(bin)) return bin
  process.stderr.write(`installing ${spec}\n`)
  const draft = `${folder}.${process.pid}`
  await mkdir(draft, {recursive: true})
  await writeFile(join(draft, 'package.json'), '{"private":true}\n')
  // Some need a newer Node by their package.json and run on this one all the same.
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--engine-strict=false']
  await execa('npm', ['install', ...flags, spec], {cwd: draft, stdio: ['ignore', 2, 2]})
  await rename(draft, folder).catch(async (error: unknown) => {
    // Somebody else was faster.
    await rm(draft, {recursive: true, force: true})
    if (!existsSync(bin)) throw error
  })
  return bin
}
