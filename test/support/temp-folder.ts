import {mkdtemp} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** A new folder under the system's temporary one. */
export const tempFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'multica-test-'))
