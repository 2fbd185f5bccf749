import {Flags} from '@oclif/core'

export interface OutputChoice {
  output: string
  json: boolean
}

/** `--output table|json` and its short form `--json`, for commands that print one value. */
export function outputFlags(initial: 'table' | 'json') {
  return {
    output: Flags.option({
      options: ['table', 'json'] as const,
      description: 'for people or for scripts',
      default: initial as 'table' | 'json',
    })(),
    json: Flags.boolean({description: 'short for --output json', default: false}),
  }
}

export const wantsJson = (flags: OutputChoice): boolean => flags.json || flags.output === 'json'
