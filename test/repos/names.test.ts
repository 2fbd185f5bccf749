import assert from 'node:assert/strict'
import {test} from 'node:test'
import {checkUrl} from '../../src/repos/names.js'

test('an address that git would take for an option or a program is refused', () => {
  for (const url of ['--upload-pack=touch x', 'ext::sh -c id', 'a\nb', ' ']) {
    assert.throws(() => checkUrl(url), {code: 'invalid'}, url)
  }
  assert.equal(checkUrl(' git@host.example:team/app.git '), 'git@host.example:team/app.git')
})
