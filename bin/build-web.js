// Bundles the browser's half of the pages to dist/public: app-<hash>.js, app-<hash>.css, manifest.json.
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gzipSync} from 'node:zlib'
import {build, transform} from 'esbuild'

const root = new URL('..', import.meta.url)
const folder = new URL('dist/public/', root)

await rm(folder, {recursive: true, force: true})
await mkdir(folder, {recursive: true})

const {outputFiles, metafile} = await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: {app: 'templates/browser/app.tsx', style: 'templates/browser/app.css'},
  outdir: fileURLToPath(folder),
  entryNames: 'app-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: {'process.env.NODE_ENV': '"production"'},
  legalComments: 'none',
  metafile: true,
  write: false,
})

// A value import where a type was meant would bring the schemas along, and with them half a megabyte.
if (Object.keys(metafile.inputs).some((path) => path.includes('node_modules/zod/'))) {
  throw new Error('zod is in the browser bundle: import from src/protocol with "import type"')
}

const script = outputFiles.find(({path}) => path.endsWith('.js'))
const style = outputFiles.find(({path}) => path.endsWith('.css'))
const {code: css} = await transform(dropUnusedTokens(style.text), {loader: 'css', minify: true})
await write(basename(script.path), script.text)
await write(basename(style.path), css)
await writeFile(
  new URL('manifest.json', folder),
  `${JSON.stringify({script: basename(script.path), style: basename(style.path)})}\n`,
)

async function write(name, text) {
  await writeFile(new URL(name, folder), text)
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`
  const zipped = gzipSync(text).length
  console.error(`dist/public/${name}  ${kib(Buffer.byteLength(text))}, ${kib(zipped)} gzipped`)
}

/** Primer's themes define some 900 tokens each; the pages use a few dozen, and what those refer to. */
function dropUnusedTokens(css) {
  const definition = /(--[\w-]+):((?:[^;{}"']|"[^"]*"|'[^']*')*)(;|(?=\}))/g
  const used = namesIn(css.replace(definition, ''))
  const values = new Map()
  for (const [, name, value] of css.matchAll(definition)) {
    values.set(name, `${values.get(name) ?? ''} ${value}`)
  }
  const open = [...used]
  while (open.length > 0) {
    for (const name of namesIn(values.get(open.pop()) ?? '')) {
      if (!used.has(name)) open.push(name)
      used.add(name)
    }
  }
  return css.replace(definition, (whole, name) => (used.has(name) ? whole : ''))
}

function namesIn(css) {
  return new Set([...css.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name))
}
