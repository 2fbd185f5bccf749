// Runs the commands from their TypeScript sources, without a build and without the manifest.
// oclif's own development mode needs a compiler API that TypeScript 7 no longer has, so the root
// plugin is loaded here and handed over ready-made.
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {execute, Plugin, settings} from '@oclif/core'

settings.enableAutoTranspile = false

const packageRoot = new URL('..', import.meta.url)
const root = fileURLToPath(packageRoot)
const pjson = JSON.parse(await readFile(new URL('package.json', packageRoot), 'utf8'))
pjson.oclif.commands = './commands'

const rootPlugin = new Plugin({ignoreManifest: true, isRoot: true, pjson, root})
await rootPlugin.load()
await execute({
  development: true,
  loadOptions: {plugins: new Map([[rootPlugin.name, rootPlugin]]), root},
})
