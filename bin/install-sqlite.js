// Makes sqlite3's native part after `npm ci`, where its own install script gives up: that one needs a
// prebuilt binary from GitHub or Node's headers from nodejs.org, although Node mostly brings its headers.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('sqlite3/package.json'))
const fromSqlite = createRequire(join(folder, 'package.json'))

/** What the programs said, for the case that nothing helps. */
let said = ''

/** Runs a Node program in sqlite3's folder; it may be missing. */
function run(program, ...args) {
  try {
    const {stdout, stderr} = spawnSync(process.execPath, [fromSqlite.resolve(program), ...args], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    said += `${stdout}${stderr}`
  } catch (error) {
    said += `${error.message}\n`
  }
}

function loads() {
  const {status} = spawnSync(process.execPath, ['-e', 'require("sqlite3")'], {
    cwd: folder,
    stdio: 'ignore',
  })
  return status === 0
}

/** Headers that stand beside this Node, as its archives and packages have them. */
function headers() {
  const prefix = join(dirname(process.execPath), '..')
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}

if (!loads()) {
  run('prebuild-install/bin.js', '-r', 'napi')
  if (!loads()) {
    console.error(
      'No prebuilt SQLite for this machine: building it, which takes about two minutes.',
    )
    run('node-gyp/bin/node-gyp.js', 'rebuild', '-j', 'max', ...headers())
  }
  if (!loads()) {
    console.error(said.slice(-8000))
    console.error(
      'SQLite could not be installed. It needs GitHub for a prebuilt binary, or a C++ compiler, make and Python 3 to build one.',
    )
    process.exitCode = 1
  }
}
