import {Flags} from '@oclif/core'
import {invalid} from '../errors.js'

/** A limit in US dollars, such as `2.50`; `none` takes it away. @throws AppError for anything else */
export function parseCost(text: string, flag: string): number | null {
  if (text === 'none') return null
  const amount = Number(text.replace(/^\$/, ''))
  if (!/^\$?\d+(\.\d+)?$/.test(text) || amount <= 0) {
    throw invalid(`${flag}: "${text}" is no amount; write dollars such as 2.50, or none`)
  }
  return amount
}

export const maxCostFlag = Flags.string({
  description: 'US dollars that a run may cost before it is stopped, or none',
})
