import type {Log} from '../log.js'

/** What `up` needs of a server that runs in this process. */
export interface LocalServer {
  url: string
  /** A personal access token of the owner. */
  createOwnerToken(name: string): Promise<string>
  /** A link that signs a browser in once. */
  createSignInLink(): Promise<string>
  stop(): Promise<void>
}

/** How a server is started; handed in, because only a command may load the server. */
export type StartServer = (options: {
  host: string
  port: number
  dataDir: string
  log: Log
}) => Promise<LocalServer>
