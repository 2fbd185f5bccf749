import {type Request, type Response, Router} from 'express'
import {CommentChange} from '../../src/protocol/issue.js'
import {accessOf, type Guard} from '../auth/guard.js'
import {jsonBody, parseBody} from '../http/body.js'
import {pathId} from '../http/params.js'
import type {CommentService} from '../services/comments.js'

export interface CommentsRouterOptions {
  guard: Guard
  comments: CommentService
}

/** Comments by their own id (contract §2.5); mounted at `/api/comments`. */
export function commentsRouter({guard, comments}: CommentsRouterOptions): Router {
  const router = Router()
  router.use(guard.workspace)
  const update = async (req: Request, res: Response) => {
    const {content} = parseBody(CommentChange, req)
    res.json(await comments.update(accessOf(res), pathId(req, 'comment'), content))
  }
  router.put('/:id', jsonBody(), update)
  router.patch('/:id', jsonBody(), update)
  router.delete('/:id', async (req, res) => {
    await comments.remove(accessOf(res), pathId(req, 'comment'))
    res.status(204).end()
  })
  return router
}
