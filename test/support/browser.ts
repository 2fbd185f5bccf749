import {existsSync} from 'node:fs'
import {type Browser, chromium} from 'playwright-core'

/** Where systems keep a Chromium or a Chrome. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** A real Chromium without a window: the one of `CHROMIUM_PATH`, one that is installed, or one from npm. */
export async function openBrowser(): Promise<Browser> {
  const installed = [process.env.CHROMIUM_PATH, ...INSTALLED].find(
    (path) => path !== undefined && existsSync(path),
  )
  if (installed) {
    return chromium.launch({
      executablePath: installed,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  }
  const {default: bundled} = await import('@sparticuz/chromium')
  return chromium.launch({executablePath: await bundled.executablePath(), args: bundled.args})
}
