import open from 'open'
import {processEnvironment} from '../settings/environment.js'

/** Opens a page in the user's browser, where there is somebody to see it; trouble is not worth a word. */
export async function openBrowser(url: string): Promise<void> {
  if (process.stdout.isTTY !== true) return
  if (process.platform === 'linux' && !hasDisplay()) return
  try {
    const child = await open(url)
    child.once('error', () => undefined)
    child.unref()
  } catch {
    // The address has been printed.
  }
}

function hasDisplay(): boolean {
  const env = processEnvironment()
  return Boolean(env.DISPLAY ?? env.WAYLAND_DISPLAY)
}
