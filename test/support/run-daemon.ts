// A daemon as a process of its own, for tests that kill it. Arguments: names of agents.
import {createDaemon, fakeAgent} from './create-daemon.js'

const {daemon} = createDaemon(
  process.env as Record<string, string>,
  process.argv.slice(2).map(fakeAgent),
)
try {
  await daemon.start(new AbortController().signal)
  process.once('SIGTERM', () => {
    daemon.stop({stopTasks: false}).then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
} catch (error) {
  console.error(`Error: ${(error as Error).message}`)
  process.exit(1)
}
