import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import express, {type Router} from 'express'
import * as z from 'zod'
import {AppError} from '../../src/errors.js'

const Manifest = z.object({script: z.string(), style: z.string()})

/** The browser's half of the pages, as `bin/build-web.js` has left it. */
export interface Assets {
  /** Addresses of the script and of the style sheet; their names change with their content. */
  urls(): {script: string; style: string}
  /** Serves `/assets/*`. */
  router: Router
}

/** From compiled code, and from sources run without a build. */
const FOLDERS = ['../../public/', '../../dist/public/']

export function createAssets(): Assets {
  const folder = FOLDERS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) =>
    existsSync(`${path}manifest.json`),
  )
  let urls: {script: string; style: string} | undefined
  const router = express.Router()
  if (folder) {
    router.use(
      '/assets',
      express.static(folder, {immutable: true, maxAge: '1y', index: false, redirect: false}),
    )
  }
  return {
    urls() {
      if (!folder) throw new AppError('unavailable', 'the pages are not built: run npm run build')
      urls ??= readManifest(folder)
      return urls
    },
    router,
  }
}

function readManifest(folder: string) {
  const {script, style} = Manifest.parse(JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')))
  return {script: `/assets/${script}`, style: `/assets/${style}`}
}
