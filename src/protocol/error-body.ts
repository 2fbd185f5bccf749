import * as z from 'zod'

/** The codes that a client may act on; any other text is to be read by people. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gap'
  | 'stale_claim'
  | 'sealed'
  | 'gone'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'internal'
  | 'bad_state'

/** Every error of the server, on every path (contract §0.2). */
export const ErrorBody = z.looseObject({
  error: z.string(),
  code: z.string().optional(),
  /** The part of the request that is wrong. */
  field: z.string().optional(),
  request_id: z.string().optional(),
  /** 409 `gap`: the number that the server wants next (stream §3). */
  expected_seq: z.number().optional(),
})
export type ErrorBody = z.infer<typeof ErrorBody>
