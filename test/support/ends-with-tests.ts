import type {ChildProcess} from 'node:child_process'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// The test runner ends a file that has taken too long so; without an ear, "exit" would not come.
process.once('SIGTERM', () => process.exit(143))

/** What a test has not ended itself, since it has failed, ends with its process. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}
