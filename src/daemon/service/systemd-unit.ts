import {invalid} from '../../errors.js'
import type {ServiceDescription} from './service-manager.js'

/** A systemd user unit (man systemd.service). */
export function renderSystemdUnit({title, argv, env}: ServiceDescription): string {
  const variables = Object.entries(env).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
  )
  return [
    '[Unit]',
    `Description=${title.replaceAll('%', '%%')}`,
    '',
    '[Service]',
    'Type=exec',
    // Here a dollar sign would begin a variable.
    `ExecStart=${argv.map((word) => quote(word).replaceAll('$', '$$$$')).join(' ')}`,
    ...variables,
    // A daemon that was asked to stop stays away.
    'Restart=on-failure',
    'RestartSec=5',
    // Runs live in processes of their own: they outlive the daemon and are found again.
    'KillMode=process',
    'TimeoutStopSec=30',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}

/** A word in systemd's quotes; `%` would begin a specifier. */
function quote(word: string): string {
  if (/[\n\r\0]/.test(word)) {
    throw invalid(`${JSON.stringify(word)} has a line break, which a systemd unit cannot hold`)
  }
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return `"${escaped}"`
}
