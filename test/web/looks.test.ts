import assert from 'node:assert/strict'
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import type {Browser} from 'playwright-core'
import type {PageData} from '../../templates/state/page-state.js'
import {openBrowser} from '../support/browser.js'
import {startPreview} from '../support/preview-server.js'
import {samplePages} from '../support/sample-pages.js'

/** Screenshots go there, for people to look at; without it none are made. */
const FOLDER = process.env.MULTICA_SCREENSHOTS

const pages: Record<string, PageData> = {
  ...Object.fromEntries(
    Object.entries(samplePages).map(([name, state]) => [name, {kind: 'workspace', state}]),
  ),
  login: {kind: 'login', next: '/'},
  missing: {kind: 'message', title: 'Page not found', text: 'Issue not found.', home: '/'},
}

describe('how pages look', () => {
  let browser: Browser
  let preview: Awaited<ReturnType<typeof startPreview>>
  before(async () => {
    preview = await startPreview(pages)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await preview?.stop()
  })

  for (const name of Object.keys(pages)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        it(`${name} fits ${width} px, ${colorScheme}, without errors`, async () => {
          const context = await browser.newContext({
            colorScheme,
            viewport: {width, height: 900},
          })
          const page = await context.newPage()
          const problems: string[] = []
          page.on('console', (message) => {
            if (message.type() === 'error' || message.type() === 'warning')
              problems.push(message.text())
          })
          page.on('pageerror', (error) => problems.push(String(error)))
          await page.goto(`${preview.url}/preview/${name}`)
          await page.locator('h1').first().waitFor()
          const over = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          if (FOLDER) {
            await mkdir(FOLDER, {recursive: true})
            const path = join(FOLDER, `${name}-${width}-${colorScheme}.png`)
            await page.screenshot({path, fullPage: true})
          }
          await context.close()
          assert.deepEqual(problems, [])
          assert.equal(over, 0, 'the page is wider than the window')
        })
      }
    }
  }
})
