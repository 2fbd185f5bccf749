import {type ChildProcess, spawn} from 'node:child_process'
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {connect} from 'node:net'
import {join} from 'node:path'
import {endWithTests} from './ends-with-tests.js'
import {freePort} from './free-port.js'
import {tempFolder} from './temp-folder.js'
import {until} from './until.js'

export interface Nginx {
  url: string
  /** What it has complained of. */
  errors(): Promise<string>
  stop(): Promise<void>
}

/** Distributions keep it outside of the PATH of ordinary users. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
const TEMP = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/**
 * A real nginx in front of several servers. What it is told is where its files are, its port and
 * `proxy_pass`; everything else is as nginx comes: buffers, time limits, 1 MiB for bodies.
 */
export async function startNginx(ports: readonly number[]): Promise<Nginx> {
  const folder = await tempFolder()
  // Its workers are of another user than root.
  await chmod(folder, 0o755)
  const port = await freePort()
  const errorLog = join(folder, 'error.log')
  await writeFile(join(folder, 'nginx.conf'), configOf(folder, port, ports))
  for (const name of TEMP) await mkdir(join(folder, name))
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', errorLog]
  const child = endWithTests(
    spawn('nginx', args, {env: {PATH}, stdio: ['ignore', 'ignore', 'inherit']}),
  )
  const exited = exitOf(child)
  await until('nginx listens', () => Promise.race([answers(port), exited]))
  return {
    url: `http://127.0.0.1:${port}`,
    errors: () => readFile(errorLog, 'utf8'),
    async stop() {
      child.kill('SIGTERM')
      await exited.catch(() => {})
      await rm(folder, {recursive: true, force: true})
    },
  }
}

function configOf(folder: string, port: number, ports: readonly number[]): string {
  return `daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${TEMP.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  upstream multica {
    ${ports.map((target) => `server 127.0.0.1:${target};`).join('\n    ')}
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://multica;
    }
  }
}
`
}

/** Rejects when it could not be started, or has ended with an error. */
function exitOf(child: ChildProcess): Promise<true> {
  const exited = new Promise<true>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve(true) : reject(new Error(`exit ${code}`))))
  })
  exited.catch(() => {})
  return exited
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
