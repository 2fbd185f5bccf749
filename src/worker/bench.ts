import type {Api} from '../client/api.js'
import type {Log} from '../log.js'
import {secretsOf} from '../masking/environment-secrets.js'
import {createMasker, type Masker} from '../masking/masker.js'
import type {SessionBody} from '../protocol/task.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import {type TaskSpec, tokenOf, type WorkerRecord} from '../task-folder/task-spec.js'
import {Delivery} from './delivery.js'
import {Inbox} from './inbox.js'
import {Journal} from './journal.js'
import {linkToServer, type ServerLink} from './server-link.js'
import {SessionTeller} from './session-teller.js'
import {StopRequest} from './stop-request.js'
import {Transcript} from './transcript.js'
import {Uploader} from './uploader.js'
import {RecordFile} from './worker-record.js'

/** Everything that works on one task. */
export interface Bench {
  spec: TaskSpec
  folder: TaskFolder
  /** The environment that the agent inherits. */
  inherited: Readonly<Record<string, string>>
  log: Log
  api: Api
  watch: ServerLink['watch']
  journal: Journal
  uploader: Uploader
  transcript: Transcript
  inbox: Inbox
  masker: Masker
  record: RecordFile
  stop: StopRequest
  /** Ends uploads and streams. */
  signal: AbortSignal
  /** Tells session and usage beside the run; what is lost on the way comes with the end. */
  tell(body: SessionBody): void
  close(): Promise<void>
}

export interface BenchOptions {
  spec: TaskSpec
  folder: TaskFolder
  inherited: Readonly<Record<string, string>>
  /** What a worker before this one has left. */
  earlier: WorkerRecord | undefined
  log: Log
}

/** Puts the parts together: what the transcript says is journalled, and what is journalled is sent. */
export async function openBench(options: BenchOptions): Promise<Bench> {
  const {spec, folder, inherited, earlier, log} = options
  const ackedSeq = earlier?.acked_seq ?? 0
  const over = new AbortController()
  const stop = new StopRequest()
  const {api, watch} = linkToServer(spec)
  const journal = await Journal.open(folder.journal)
  const record = await RecordFile.create(folder, Math.min(ackedSeq, journal.lastSeq), earlier)
  const delivery = new Delivery(record, journal, () => new Date())
  delivery.lost(journal.damaged)
  const masker = createMasker({
    secrets: [
      ...secretsOf(inherited),
      ...secretsOf(spec.settings.env ?? {}),
      tokenOf(spec) ?? '',
    ].filter(Boolean),
  })
  const uploader = new Uploader({
    api,
    taskId: spec.task.id,
    journal,
    ackedSeq: record.value.acked_seq,
    log,
    signal: over.signal,
    onTerminal: (status) => stop.stop({kind: 'over', status}),
    onClosed: () => stop.stop({kind: 'closed'}),
    onAck: (seq) => delivery.acknowledged(seq),
    onRefused: () => delivery.lost(1),
  })
  const transcript = new Transcript({
    masker,
    lastSeq: journal.lastSeq,
    now: () => new Date(),
    append: async (message) => {
      await journal.append(message)
      delivery.appended()
      uploader.notify()
    },
  })
  const teller = new SessionTeller({api, taskId: spec.task.id, log, signal: over.signal})
  const bench: Bench = {
    spec,
    folder,
    inherited,
    log,
    api,
    watch,
    journal,
    uploader,
    transcript,
    inbox: new Inbox({api, taskId: spec.task.id, log, signal: over.signal}),
    masker,
    record,
    stop,
    signal: over.signal,
    tell: (body) => teller.tell(body),
    async close() {
      over.abort()
      await uploader.stopped()
      delivery.lost(Math.max(0, transcript.lastSeq - journal.lastSeq))
      await record.close({last_seq: journal.lastSeq, acked_seq: uploader.ackedSeq})
      await journal.close()
    },
  }
  return bench
}
