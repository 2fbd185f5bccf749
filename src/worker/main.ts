// A worker process. Usage: node main.js <task's state folder>
import {existsSync} from 'node:fs'
import {argv, exit} from 'node:process'
import {createLog} from '../log.js'
import {taskFolderAt} from '../task-folder/task-folder.js'
import {workerEnvironment} from './config.js'
import {runWorker} from './worker.js'

const FOLDER_CHECK_MS = 5000
/** Time for the agent's processes to end before the worker does. */
const FOLDER_GONE_MS = 15_000

const path = argv[2]
if (!path) exit(2)
const log = createLog('info')
// The terminal of whoever started the daemon may close: the run goes on.
process.on('SIGHUP', () => undefined)
process.on('SIGINT', () => undefined)
// A file that reaches the limit of this user is an error like a full disk, and not the end.
process.on('SIGXFSZ', () => undefined)
// Who is asked to stop before there is anything to stop does so as soon as there is.
let askedToStop = false
let stop: () => void = () => {
  askedToStop = true
}
process.on('SIGTERM', () => stop())
// Without its folder nothing that this process does can be found again, so it ends its agent and itself.
const watch = setInterval(() => {
  if (existsSync(path)) return
  clearInterval(watch)
  log.error({event: 'task_folder_gone', path})
  setTimeout(() => exit(1), FOLDER_GONE_MS)
  stop()
}, FOLDER_CHECK_MS)
watch.unref()
try {
  const reported = await runWorker({
    folder: taskFolderAt(path),
    inherited: workerEnvironment(),
    log,
    onStopRequest: (request) => {
      stop = request
      if (askedToStop) request()
    },
  })
  log.info({event: 'worker_done', reported})
  exit(0)
} catch (error) {
  log.fatal({event: 'worker_failed', err: error})
  exit(1)
}
