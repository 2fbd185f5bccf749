import {startMinimalServer} from './minimal-server.js'
import {startNaiveServer} from './naive-server.js'
import {startRawCatchUp} from './raw-catch-up.js'
import {startRawFanOut} from './raw-fan-out.js'
import type {Reference} from './reference.js'

const STARTERS = {
  'raw fan-out': startRawFanOut,
  'raw catch-up': startRawCatchUp,
  minimal: startMinimalServer,
  naive: startNaiveServer,
}

export type ReferenceName = keyof typeof STARTERS

/** @param database the product's file, for a reference that reads the same rows */
export const startReference = (
  name: ReferenceName,
  database: string | undefined,
): Promise<Reference> => STARTERS[name](database ?? '')
