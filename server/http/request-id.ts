import type {RequestHandler} from 'express'
import {newId} from '../../src/ids.js'

const GIVEN = /^[A-Za-z0-9._-]{1,80}$/

/** Every answer names its request: the client's own id if it has a decent one, else a new one. */
export const requestId: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id')
  const id = given && GIVEN.test(given) ? given : newId()
  res.locals.requestId = id
  res.set('X-Request-ID', id)
  next()
}
