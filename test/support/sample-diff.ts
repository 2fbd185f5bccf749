import type {CheckoutDiff, DiffFile, TaskDiff} from '../../src/protocol/task-diff.js'

const file = (path: string, change: Partial<DiffFile>): DiffFile => ({
  path,
  old_path: null,
  change: 'modified',
  additions: 0,
  deletions: 0,
  size: 1200,
  uncommitted: false,
  patch: null,
  omitted: null,
  altered: false,
  ...change,
})

const UPLOADER = `diff --git a/src/worker/uploader.ts b/src/worker/uploader.ts
index 1111111..2222222 100644
--- a/src/worker/uploader.ts
+++ b/src/worker/uploader.ts
@@ -12,9 +12,13 @@ export class Uploader {
   async flush(batch: Message[]): Promise<void> {
-    await this.#post(batch)
+    await retry(() => this.#post(batch), {
+      firstMs: 100,
+      lastMs: 10_000,
+      signal: this.#signal,
+    })
     this.#acked = batch.at(-1).seq
   }
 
-  close(): void {}
+  close(): Promise<void> {
+    return this.flush(this.#pending) // a very long comment that does not fit into a narrow window and has to be wrapped somewhere
+  }
 }
`
const LONG = `diff --git a/package-lock.json b/package-lock.json
--- a/package-lock.json
+++ b/package-lock.json
@@ -1,0 +1,600 @@
${Array.from({length: 600}, (_, line) => `+  "line ${line}": true,`).join('\n')}
`

const app: CheckoutDiff = {
  name: 'app',
  url: 'https://example.org/acme/app.git',
  branch: 'agent/claude/00000000',
  base: '3f0c2a1e'.repeat(5),
  head: '9bd24f07'.repeat(5),
  commits: [
    {
      sha: '9bd24f07'.repeat(5),
      subject: 'Try uploads again until the server has them',
      author: 'Claude',
      at: '2026-11-23T11:58:00.000Z',
    },
    {
      sha: '77aa02bc'.repeat(5),
      subject: 'Add a test that cuts the connection in the middle of a batch',
      author: 'Claude',
      at: '2026-11-23T11:55:00.000Z',
    },
  ],
  commits_total: 2,
  files: [
    file('docs/upload.png', {
      change: 'added',
      additions: null,
      deletions: null,
      size: 48_211,
      omitted: 'binary',
    }),
    file('package-lock.json', {additions: 600, patch: LONG}),
    file('src/worker/uploader.ts', {additions: 8, deletions: 2, patch: UPLOADER}),
    file('test/worker/cut-connection.test.ts', {
      old_path: 'test/worker/upload.test.ts',
      change: 'renamed',
      uncommitted: true,
      patch:
        'diff --git a/x b/y\nsimilarity index 100%\nrename from test/worker/upload.test.ts\nrename to test/worker/cut-connection.test.ts\n',
    }),
  ],
  files_total: 4,
  additions: 608,
  deletions: 2,
  truncated: false,
  error: null,
}

/** What a run has changed, with one of everything. */
export const sampleDiff: TaskDiff = {
  task_id: '00000000-0000-4000-8000-000000000100',
  created_at: '2026-11-23T11:59:00.000Z',
  checkouts: [app],
}
