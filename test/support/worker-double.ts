import {spawn} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {processStartTime} from '../../src/process-tree/process-table.js'
import type {TaskFolder} from '../../src/task-folder/task-folder.js'

/** Waits until `done.json.please` appears or it gets SIGTERM; then it is done. */
const LIVING = `
  const {writeFileSync, existsSync} = require('node:fs')
  const [done] = process.argv.slice(1)
  const finish = () => { writeFileSync(done, '{}'); process.exit(0) }
  process.on('SIGTERM', finish)
  setInterval(() => { if (existsSync(done + '.please')) finish() }, 5)`
const DYING = 'process.exit(1)'

/** Real processes in the place of workers, for tests of who watches them. */
export class WorkerDoubles {
  /** In the order in which they were started. */
  readonly started: {pid: number; taskId: string; at: number}[] = []
  life: 'living' | 'dying' = 'living'

  readonly start = async (folder: TaskFolder) => {
    const script = this.life === 'living' ? LIVING : DYING
    const child = spawn(process.execPath, ['-e', script, folder.done], {
      detached: true,
      stdio: 'ignore',
    })
    const pid = child.pid as number
    this.started.push({pid, taskId: folder.path.slice(-36), at: Date.now()})
    const exited = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    const pidStart = (await processStartTime(pid)) ?? 'gone'
    const record = {pid, pid_start: pidStart, phase: 'running', last_seq: 3, acked_seq: 2}
    await writeFile(folder.worker, JSON.stringify(record))
    return {pid, pidStart, exited}
  }

  /** Lets a task end well. */
  async finish(stateDir: string, taskId: string): Promise<void> {
    await writeFile(`${stateDir}/tasks/${taskId}/done.json.please`, '')
  }

  /** Ends what is left. */
  cleanUp(): void {
    for (const {pid} of this.started.splice(0)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
  }
}
