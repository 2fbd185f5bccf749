import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {cutToWidth, displayWidth} from '../../src/cli/display-width.js'
import {formatTable, shorten} from '../../src/cli/format-table.js'

describe('formatTable', () => {
  it('aligns columns by what a terminal shows', () => {
    const rows = [
      ['1', '修正', 'x'],
      ['22', 'zwölf 🦊', 'y\n\x1b[2Jz'],
      ['3', 'e\u0301', null],
    ]
    assert.equal(
      formatTable(['ID', 'TITLE', 'LAST'], rows),
      'ID  TITLE     LAST\n1   修正      x\n22  zwölf 🦊  y z\n3   e\u0301',
    )
  })

  it('prints the headings of an empty list', () => {
    assert.equal(formatTable(['ID', 'NAME'], []), 'ID  NAME')
  })
})

describe('displayWidth', () => {
  it('counts columns, not code units', () => {
    for (const [text, width] of [
      ['abc', 3],
      ['ü', 1],
      ['日本', 4],
      ['👩‍👩‍👧', 2],
      ['e\u0301', 1],
      ['🇩🇪', 2],
      ['❤️', 2],
    ] as const) {
      assert.equal(displayWidth(text), width, text)
    }
  })

  it('cuts between characters', () => {
    assert.equal(cutToWidth('日本語', 4), '日…')
    assert.equal(cutToWidth('👩‍👩‍👧x', 3), '👩‍👩‍👧x')
    assert.equal(cutToWidth('abcdef', 4), 'abc…')
    assert.equal(cutToWidth('x'.repeat(1_000_000), 10), `${'x'.repeat(9)}…`)
    assert.equal(shorten('🦊'.repeat(61), 60), `${'🦊'.repeat(57)}...`)
  })
})
