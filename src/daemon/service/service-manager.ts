import {join} from 'node:path'
import {AppError} from '../../errors.js'
import {renderLaunchdPlist} from './launchd-plist.js'
import {renderSystemdUnit} from './systemd-unit.js'

/** What the system is to run at every login. */
export interface ServiceDescription {
  title: string
  argv: string[]
  env: Record<string, string>
  logPath: string
}

/** How this system starts and stops a user's services. */
export interface ServiceManager {
  /** File that describes the service. */
  path: string
  render(description: ServiceDescription): string
  /** Commands for each step, program first. */
  start: string[][]
  stop: string[][]
  restart: string[][]
  /** What the user may want to do beside it. */
  hint?: string
}

export interface ServicePlace {
  platform: NodeJS.Platform
  profile: string | undefined
  userHome: string
  /** `XDG_CONFIG_HOME`. */
  configHome: string | undefined
  uid: number
}

/** @throws AppError where there is no service manager that we know */
export function serviceManager(place: ServicePlace): ServiceManager {
  if (place.platform === 'linux') return systemd(place)
  if (place.platform === 'darwin') return launchd(place)
  throw new AppError(
    'invalid',
    `services are known on Linux and macOS only; run "multica daemon start" at your login instead`,
  )
}

function systemd({profile, userHome, configHome}: ServicePlace): ServiceManager {
  const name = `multica-daemon${profile === undefined ? '' : `-${profile}`}.service`
  const systemctl = (...words: string[]): string[] => ['systemctl', '--user', ...words]
  return {
    path: join(configHome ?? join(userHome, '.config'), 'systemd', 'user', name),
    render: renderSystemdUnit,
    start: [systemctl('daemon-reload'), systemctl('enable', '--now', name)],
    stop: [systemctl('disable', '--now', name)],
    restart: [systemctl('restart', name)],
    hint: 'To let it run while you are not logged in: loginctl enable-linger',
  }
}

function launchd({profile, userHome, uid}: ServicePlace): ServiceManager {
  const label = `dev.multica.daemon${profile === undefined ? '' : `.${profile}`}`
  const path = join(userHome, 'Library', 'LaunchAgents', `${label}.plist`)
  const domain = `gui/${uid}`
  return {
    path,
    render: (description) => renderLaunchdPlist(label, description),
    start: [['launchctl', 'bootstrap', domain, path]],
    stop: [['launchctl', 'bootout', `${domain}/${label}`]],
    restart: [['launchctl', 'kickstart', '-k', `${domain}/${label}`]],
  }
}
