import type {Finding} from '../doctor/finding.js'
import type {Settings} from '../settings/settings.js'
import {toOneLine} from './safe-text.js'

const MARKS = {ok: '✓', warning: '!', problem: '✗', skipped: '·'} as const

/** A line for each finding, with what mends it below, and where the settings were read. */
export function formatFindings(settings: Settings, findings: readonly Finding[]): string {
  const lines = findings.flatMap(({what, state, text, fix}) => [
    `${MARKS[state]} ${what.padEnd(12)} ${toOneLine(text)}`,
    ...(fix ? [`${' '.repeat(15)}→ ${fix}`] : []),
  ])
  return [...lines, `  ${'Config'.padEnd(12)} ${settings.configPath}`].join('\n')
}
