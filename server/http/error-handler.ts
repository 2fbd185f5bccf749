import type {ErrorRequestHandler, RequestHandler} from 'express'
import {AppError} from '../../src/errors.js'
import type {Log} from '../../src/log.js'
import type {ErrorBody} from '../../src/protocol/error-body.js'

/** The one shape of every error (contract §0.2). Database text never leaves the log (fault I13). */
export function errorBody(error: AppError, requestId: string | undefined): ErrorBody {
  return {
    error: error.message,
    code: error.code,
    ...(error.field && {field: error.field}),
    ...error.details,
    ...(requestId && {request_id: requestId}),
  }
}

/** Anything that was thrown, as an error that may be shown. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const {type, status, limit} = error as {type?: string; status?: number; limit?: number}
  if (type === 'entity.too.large') {
    return new AppError('too_large', `the body is larger than ${limit} bytes`, {details: {limit}})
  }
  if (
    type === 'entity.parse.failed' ||
    type === 'encoding.unsupported' ||
    type === 'charset.unsupported'
  ) {
    return new AppError('invalid', 'invalid request body')
  }
  if (status === 400) return new AppError('invalid', 'invalid request')
  return new AppError('internal', 'internal server error', {cause: error})
}

export function errorHandler(log: Log): ErrorRequestHandler {
  return (thrown, req, res, next) => {
    if (res.headersSent) return next(thrown)
    const error = asAppError(thrown)
    if (error.status >= 500) {
      log.error({
        event: 'request_failed',
        path: req.path,
        err: error.cause ?? thrown,
        id: res.locals.requestId,
      })
    }
    if (error.status === 503) res.set('Retry-After', '1')
    const retryAfter = error.details.retry_after
    if (typeof retryAfter === 'number') res.set('Retry-After', String(retryAfter))
    res.status(error.status).json(errorBody(error, res.locals.requestId as string | undefined))
  }
}

export const unknownPath: RequestHandler = (req) => {
  throw new AppError('not_found', `there is no ${req.method} ${req.path}`)
}
