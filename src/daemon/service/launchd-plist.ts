import type {ServiceDescription} from './service-manager.js'

/** A launchd agent (man launchd.plist). */
export function renderLaunchdPlist(
  label: string,
  {argv, env, logPath}: ServiceDescription,
): string {
  const variables = Object.entries(env).flatMap(([name, value]) => [key(name), string(value)])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...[key('Label'), string(label)],
    ...[key('ProgramArguments'), '<array>', ...argv.map(string), '</array>'],
    ...[key('EnvironmentVariables'), '<dict>', ...variables, '</dict>'],
    ...[key('RunAtLoad'), '<true/>'],
    // A daemon that was asked to stop stays away.
    ...[key('KeepAlive'), '<dict>', key('SuccessfulExit'), '<false/>', '</dict>'],
    // Runs live in processes of their own: they outlive the daemon and are found again.
    ...[key('AbandonProcessGroup'), '<true/>'],
    ...[key('ProcessType'), string('Interactive')],
    ...[key('Umask'), '<integer>63</integer>'],
    ...[key('StandardErrorPath'), string(logPath)],
    '</dict>',
    '</plist>',
    '',
  ].join('\n')
}

const key = (name: string): string => `<key>${toXml(name)}</key>`
const string = (text: string): string => `<string>${toXml(text)}</string>`

/** Characters that XML knows no way to hold are left out. */
function toXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
