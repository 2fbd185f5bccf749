import type {Request, Response} from 'express'

/** Says where the rest of a list is, as `Link: <…>; rel="next"`; nothing on the last page. */
export function linkNextPage(
  req: Request,
  res: Response,
  page: {offset: number; count: number; total: number},
): void {
  const offset = page.offset + page.count
  if (page.count === 0 || offset >= page.total) return
  const url = new URL(req.originalUrl, 'http://server')
  url.searchParams.set('offset', String(offset))
  res.links({next: `${url.pathname}${url.search}`})
}
