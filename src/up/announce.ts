import type {LocalSystem} from './start-local.js'

/** What `up` tells when everything runs. */
export function describeSystem(system: LocalSystem, signInUrl: string): string {
  const {server, workspace, agents} = system
  const lines = [
    '',
    `  multica is up: ${server.url}/${workspace.slug}`,
    `  sign in once:  ${signInUrl}`,
    `  agents:        ${agents.map((agent) => agent.name).join(', ') || 'none'}`,
  ]
  if (agents.length === 0) {
    lines.push(
      '',
      '  No agent was found on this machine. Install Claude Code (claude), or name a program of your own',
      '  in ~/.multica/agents.json, and it is picked up within two minutes.',
    )
  }
  if (!system.signedIn) {
    lines.push(
      '',
      `  Your command line stays signed in to another server. To use this one:`,
      `    multica login --token --profile local --server-url ${server.url}`,
    )
  }
  return `${lines.join('\n')}\n`
}
