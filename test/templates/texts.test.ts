import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {describe, it} from 'node:test'
import type {TimelineEntry} from '../../src/protocol/issue.js'
import {OCTICON_PATHS} from '../../templates/icons/octicon-paths.js'
import {groupTimeline} from '../../templates/state/group-timeline.js'
import {activityText} from '../../templates/text/activity.js'
import {ansiToHtml} from '../../templates/text/ansi.js'
import {formatDuration} from '../../templates/text/duration.js'
import {renderMarkdown} from '../../templates/text/markdown.js'
import {usageText} from '../../templates/text/task-status.js'
import {toolSummary} from '../../templates/text/tool-summary.js'

describe('markdown', () => {
  it('escapes raw HTML and makes no link that runs something', () => {
    const html = renderMarkdown('<img src=x onerror=alert(1)> [x](javascript:alert(1)) <b>')
    assert.doesNotMatch(html, /<img|<b>|href="javascript/)
  })

  it('marks links as those of strangers and shows pictures as links', () => {
    const html = renderMarkdown('https://example.org ![a "cat"](https://example.org/c.png?"x)')
    assert.match(html, /<a href="https:\/\/example\.org" rel="nofollow noopener noreferrer">/)
    assert.doesNotMatch(html, /<img/)
  })

  it('writes no inline styles, which the policy would refuse', () => {
    const html = renderMarkdown('| a | b |\n|:-:|--:|\n| 1 | 2 |')
    assert.match(html, /<td align="right">2/)
    assert.doesNotMatch(html, /style=/)
  })

  it('shows task lists with boxes', () => {
    const html = renderMarkdown('- [ ] open\n- [x] done\n- [y] neither')
    assert.match(html, /<input type="checkbox" class="task-box" aria-label="open" disabled> open/)
    assert.match(html, /disabled checked> done/)
    assert.match(renderMarkdown('- [ ] a "b" <c>'), /aria-label="a &quot;b&quot; &lt;c&gt;"/)
    assert.match(html, /\[y\] neither/)
  })
})

describe('terminal output', () => {
  it('is escaped and coloured with classes', () => {
    const html = ansiToHtml('\u001b[1;31m<b>&\u001b[0m \u001b[38;2;1;2;3mtrue\u001b[0m')
    assert.match(html, /<span class="ansi-bold ansi-red-fg">&lt;b&gt;&amp;<\/span>/)
    assert.doesNotMatch(html, /style=|<b>/)
  })

  it('makes no links and lets no attribute out of its quotes', () => {
    const link = '\u001b]8;;https://example.org"onx="1\u001b\\text\u001b]8;;\u001b\\'
    assert.doesNotMatch(ansiToHtml(link), /<a |onx="/)
  })

  it('shows the last state of a line that rewrites itself', () => {
    assert.equal(ansiToHtml('10%\r50%\r100%\ndone\r\nnext'), '100%\ndone\nnext')
  })
})

describe('words', () => {
  it('says how long something took', () => {
    const times = [-5, 999, 42_000, 187_000, 7_500_000].map(formatDuration)
    assert.deepEqual(times, ['0s', '0s', '42s', '3m 7s', '2h 5m'])
  })

  it('shows nothing where usage was not reported', () => {
    const none = {
      model: null,
      input_tokens: null,
      output_tokens: null,
      cache_read_tokens: null,
      cache_write_tokens: null,
      cost_usd: null,
    }
    assert.equal(usageText(none), '')
    assert.equal(usageText({...none, input_tokens: 0, output_tokens: 0}), '0 tokens')
    assert.equal(
      usageText({...none, output_tokens: 1234, cost_usd: 0.0123}),
      '1.2k tokens · $0.012',
    )
  })

  it('sums up a call in one line', () => {
    assert.equal(toolSummary({file_path: '/a/b/c/d.ts'}), '…/c/d.ts')
    assert.equal(toolSummary({path: 'src/a.ts', pattern: 'x'}), 'src/a.ts')
    assert.equal(toolSummary({command: 'one\n  two'}), 'one two')
    assert.equal([...toolSummary({command: '😀'.repeat(500)})].length, 121)
    assert.equal(toolSummary({}), '')
  })

  it('words activities as the contract has them', () => {
    const entry = (action: string, details = {}): TimelineEntry => ({
      type: 'activity',
      id: action,
      actor_type: 'member',
      actor_id: 'm',
      actor_name: 'M',
      created_at: '2026-01-01T00:00:00.000Z',
      action,
      details,
    })
    const nameOf = (_type: unknown, id: unknown) => (id === 'a' ? 'Ada' : '')
    const say = (action: string, details = {}) => activityText(entry(action, details), nameOf)
    assert.equal(
      say('status_changed', {from: 'todo', to: 'in_progress'}),
      'changed status from Todo to In progress',
    )
    assert.equal(say('assignee_changed', {to_type: 'agent', to_id: 'a'}), 'assigned this to Ada')
    assert.equal(say('assignee_changed', {to_type: 'member', to_id: 'm'}), 'self-assigned this')
    assert.equal(
      say('assignee_changed', {from_type: 'agent', from_id: 'a'}),
      'removed Ada as assignee',
    )
    assert.equal(say('something_new'), 'something new')
  })
})

describe('grouped timeline', () => {
  it('collapses the same action of the same actor within two minutes and puts replies under their root', () => {
    const at = (seconds: number) => new Date(seconds * 1000).toISOString()
    const base = {actor_type: 'member', actor_id: 'm', actor_name: 'M'}
    const done = (id: string, seconds: number, action: string): TimelineEntry => ({
      ...base,
      type: 'activity',
      id,
      action,
      created_at: at(seconds),
    })
    const said = (id: string, seconds: number, parent?: string): TimelineEntry => ({
      ...base,
      type: 'comment',
      id,
      content: id,
      created_at: at(seconds),
      ...(parent && {parent_id: parent}),
    })
    const groups = groupTimeline([
      done('1', 0, 'status_changed'),
      done('2', 60, 'status_changed'),
      done('3', 300, 'status_changed'),
      said('c', 400),
      said('r1', 410, 'c'),
      said('r2', 420, 'r1'),
      done('4', 430, 'priority_changed'),
    ])
    assert.deepEqual(
      groups.map((group) =>
        group.kind === 'comment'
          ? [group.entry.id, ...group.replies.map(({id}) => id)]
          : group.entries.map(({id}) => id),
      ),
      [['2', '3'], ['c', 'r1', 'r2'], ['4']],
    )
  })
})

describe('icons', () => {
  it('are those of the installed Octicons', async () => {
    const path = createRequire(import.meta.url).resolve('@primer/octicons/build/data.json')
    const data = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      {heights: {16: {path: string}}}
    >
    for (const [name, drawn] of Object.entries(OCTICON_PATHS)) {
      const found = [...(data[name]?.heights[16].path ?? '').matchAll(/ d="([^"]+)"/g)]
      assert.equal(drawn, found.map(([, d]) => d).join(' '), name)
    }
  })
})
