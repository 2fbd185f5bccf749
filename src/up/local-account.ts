import {promises as fs} from 'node:fs'
import {join} from 'node:path'
import {createApi} from '../client/api.js'
import {createHttpClient} from '../client/http-client.js'
import {openConfig} from '../settings/config-file.js'
import type {Environment} from '../settings/environment.js'
import type {LocalServer} from './local-server.js'

const TOKEN_FILE = 'local-token'

/**
 * A token of the owner for this machine, kept beside the database (mode 0600) so that every start
 * uses the same one.
 */
export async function localToken(server: LocalServer, dataDir: string): Promise<string> {
  const file = join(dataDir, TOKEN_FILE)
  const kept = (await fs.readFile(file, 'utf8').catch(() => '')).trim()
  if (kept && (await isAccepted(server.url, kept))) return kept
  const token = await server.createOwnerToken('this computer (multica up)')
  await fs.writeFile(file, `${token}\n`, {mode: 0o600})
  await fs.chmod(file, 0o600)
  return token
}

async function isAccepted(serverUrl: string, token: string): Promise<boolean> {
  try {
    await createApi(createHttpClient({serverUrl, token})).me()
    return true
  } catch {
    return false
  }
}

export interface SignIn {
  serverUrl: string
  token: string
  workspace: {id: string; name: string}
}

/**
 * Signs the command line of this user in to the local server, unless it is signed in to another one.
 * @returns false when another server's sign-in was left alone
 */
export async function signInCommandLine(
  signIn: SignIn,
  profile: string | undefined,
  env: Environment,
): Promise<boolean> {
  const config = openConfig(profile, env)
  const present = config.read()
  if (present.token && !isLoopback(present.server_url)) return false
  const {id, name} = signIn.workspace
  await config.change((file) => ({
    ...file,
    server_url: signIn.serverUrl,
    token: signIn.token,
    workspace_id: file.token === signIn.token ? (file.workspace_id ?? id) : id,
    watched_workspaces:
      file.token === signIn.token && file.watched_workspaces?.length
        ? file.watched_workspaces
        : [{id, name}],
  }))
  return true
}

function isLoopback(serverUrl: string | undefined): boolean {
  if (!serverUrl) return true
  const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname : ''
  return ['localhost', '127.0.0.1', '[::1]'].includes(host)
}
