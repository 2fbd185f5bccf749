import {mkdir, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import lockfile from 'proper-lockfile'

/**
 * Unpacks the Chromium that comes from npm, with the libraries that a bare system lacks, and puts those
 * on this process's library path. Test files run side by side, so one unpacks and the others wait.
 * @returns path of the program
 */
export async function unpackBrowser(): Promise<string> {
  const folder = join(tmpdir(), `multica-test-browser-${process.getuid?.() ?? 0}`)
  await mkdir(folder, {recursive: true, mode: 0o700})
  const release = await lockfile.lock(folder, {
    stale: 60_000,
    retries: {retries: 300, minTimeout: 200, maxTimeout: 200, factor: 1},
  })
  const before = process.env.TMPDIR
  try {
    process.env.TMPDIR = folder
    // The package brings the libraries along only where it takes the system for a bare one.
    process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs20.x'
    const {default: bundled} = await import('@sparticuz/chromium')
    const program = await bundled.executablePath()
    // Its own list of font folders names places that do not exist here; without a font it crashes.
    process.env.FONTCONFIG_FILE = join(folder, 'fonts.conf')
    await writeFile(process.env.FONTCONFIG_FILE, fontsOf(folder))
    return program
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await release()
  }
}

const fontsOf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`
