import {Flags} from '@oclif/core'
import {DISK_FLAGS} from './disk-flags.js'

/** Flags of `daemon start` and `daemon restart` (contract §4.6). */
export const daemonFlags = {
  'daemon-id': Flags.string({description: 'identity of this machine (MULTICA_DAEMON_ID)'}),
  'device-name': Flags.string({description: 'name for people (MULTICA_DAEMON_DEVICE_NAME)'}),
  'runtime-name': Flags.string({description: 'name of runtimes (MULTICA_AGENT_RUNTIME_NAME)'}),
  'poll-interval': Flags.string({
    description: 'pause between claims while no wake-up can come (MULTICA_DAEMON_POLL_INTERVAL)',
  }),
  'heartbeat-interval': Flags.string({
    description: 'pause between heartbeats (MULTICA_DAEMON_HEARTBEAT_INTERVAL)',
  }),
  'agent-timeout': Flags.string({
    description: 'longest run; without it only inactivity ends one (MULTICA_AGENT_TIMEOUT)',
  }),
  'max-concurrent-tasks': Flags.string({
    description: 'runs at the same time (MULTICA_DAEMON_MAX_CONCURRENT_TASKS)',
  }),
  ...DISK_FLAGS,
}
