import type {AddressInfo} from 'node:net'
import express from 'express'
import helmet from 'helmet'
import {createAssets} from '../../server/web/assets.js'
import {PAGE_POLICY} from '../../server/web/content-policy.js'
import {renderPage} from '../../server/web/render-page.js'
import type {PageData} from '../../templates/state/page-state.js'

/** Serves ready-made pages with the real script, styles and policy; its event stream says nothing. */
export async function startPreview(
  pages: Readonly<Record<string, PageData>>,
): Promise<{url: string; stop: () => Promise<void>}> {
  const app = express()
  const assets = createAssets()
  app.use(helmet({contentSecurityPolicy: {useDefaults: false, directives: {...PAGE_POLICY}}}))
  app.use(assets.router)
  app.get('/api/events', (_req, res) => {
    res.type('text/event-stream').write('retry: 1000\n\n')
  })
  app.get('/preview/:name', (req, res) => {
    const data = pages[req.params.name]
    if (data) res.type('html').send(renderPage(data, assets.urls()))
    else res.status(404).end()
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
