import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {patchNotes, patchRows} from '../../templates/state/patch-rows.js'

const PATCH = `diff --git a/a b/a
old mode 100644
new mode 100755
--- a/a
+++ b/a
@@ -3,2 +3,2 @@ f()
 same
-old
+new
@@ -10 +10 @@
---- looks like a header
+++ looks like one too
\\ No newline at end of file
`

describe('the rows of a patch', () => {
  it('have the numbers of both sides, and nothing of the header', () => {
    assert.deepEqual(patchRows(PATCH), [
      {kind: 'hunk', text: '@@ -3,2 +3,2 @@ f()'},
      {kind: 'context', text: 'same', before: 3, after: 3},
      {kind: 'deleted', text: 'old', before: 4},
      {kind: 'added', text: 'new', after: 4},
      {kind: 'hunk', text: '@@ -10 +10 @@'},
      {kind: 'deleted', text: '--- looks like a header', before: 10},
      {kind: 'added', text: '++ looks like one too', after: 10},
      {kind: 'note', text: 'No newline at end of file'},
    ])
    assert.equal(patchNotes(PATCH), 'mode 100644 → 100755')
  })

  it('are none for a file that was only renamed', () => {
    assert.deepEqual(patchRows('diff --git a/a b/b\nrename from a\nrename to b\n'), [])
  })
})
