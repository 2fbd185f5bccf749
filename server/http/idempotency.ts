import {createHash} from 'node:crypto'
import type {RequestHandler} from 'express'
import {UniqueConstraintError} from 'sequelize'
import {AppError} from '../../src/errors.js'
import {principalOf} from '../auth/guard.js'
import type {ServerContext} from '../context.js'

const KEY = /^[\x21-\x7e]{1,200}$/
/** A first call that has not answered for this long is taken for dead; clients wait 15 s for an answer. */
const PATIENCE_MS = 20_000

/**
 * Lets a creating call be repeated: the same `Idempotency-Key` of the same caller gets the first
 * call's answer, and nothing is created twice (contract §2.11). Stands after the guard and the body.
 */
export function idempotent(context: ServerContext): RequestHandler {
  const {IdempotencyKey} = context.db.models
  return async (req, res, next) => {
    const key = req.get('idempotency-key')
    const principal = principalOf(res)
    if (!key || principal.kind !== 'user') return next()
    if (!KEY.test(key))
      throw new AppError('invalid', 'Idempotency-Key: up to 200 visible characters')
    const where = {user_id: principal.userId, idempotency_key: key}
    const request = createHash('sha256')
      .update(`${req.method} ${req.originalUrl}\n${JSON.stringify(req.body ?? null)}`)
      .digest('hex')
    const first = await reserve(context, where, request)
    if (first) {
      if (first.request !== request) {
        throw new AppError('conflict', 'this Idempotency-Key was used for another request')
      }
      if (first.status === null || first.body === null) {
        // Clients repeat this one by themselves: the first call may have died with its server.
        throw new AppError(
          'unavailable',
          'the first call with this Idempotency-Key is not done yet',
        )
      }
      res.status(first.status).type('json').send(first.body)
      return
    }
    const json = res.json.bind(res)
    res.json = (body: unknown) => {
      const status = res.statusCode
      const keep = () =>
        status < 400
          ? IdempotencyKey.update({status, body: JSON.stringify(body)}, {where})
          : IdempotencyKey.destroy({where})
      // The answer waits for its record, so that a repeat can never come before it.
      context.db
        .write<unknown>(keep)
        .catch((error: unknown) => context.log.warn({event: 'idempotency_failed', err: error}))
        .finally(() => json(body))
      return res
    }
    next()
  }
}

/** @returns the earlier call's record, or undefined when this is the first one */
async function reserve(
  context: ServerContext,
  where: {user_id: string; idempotency_key: string},
  request: string,
): Promise<{request: string; status: number | null; body: string | null} | undefined> {
  const {IdempotencyKey} = context.db.models
  try {
    await context.db.write(() => IdempotencyKey.create({...where, request}))
    return undefined
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error
  }
  const found = await IdempotencyKey.findOne({where})
  const age = found ? context.now().getTime() - found.created_at.getTime() : 0
  if (!found || (found.status === null && age > PATIENCE_MS)) {
    await context.db.write(() => IdempotencyKey.destroy({where}))
    return reserve(context, where, request)
  }
  return {request: found.request, status: found.status, body: found.body}
}
