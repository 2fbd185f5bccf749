import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {renderPage} from '../../server/web/render-page.js'
import type {PageData, PageState} from '../../templates/state/page-state.js'
import {sampleIssue, samplePage, samplePages, sampleTask} from '../support/sample-pages.js'

const ASSETS = {script: '/assets/app.js', style: '/assets/app.css'}
const render = (state: PageState): string => renderPage({kind: 'workspace', state}, ASSETS)

/** The data as a browser would find it. */
function dataOf(html: string): PageData {
  const match = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(html)
  return JSON.parse(match?.[1] ?? '') as PageData
}

describe('a rendered page', () => {
  it('shows the live card of a run that goes on, before any script has run', () => {
    const html = render(samplePages.issue as PageState)
    assert.match(html, /live-card/)
    assert.match(html, /<strong>Claude<\/strong> is working/)
    assert.match(html, /7 tool calls/)
    assert.match(html, /3\/5/)
    assert.match(html, /Raw|Full log/)
  })

  it('says what a queued run waits for', () => {
    const html = render(samplePages.queued as PageState)
    assert.match(html, /is waiting/)
    assert.match(html, /Waiting for Report \(ci-box\) to come online/)
  })

  it('offers nothing of a transcript that was deleted, and shows the result that is kept', () => {
    const task = sampleTask({
      status: 'completed',
      pruned_at: '2026-11-20T10:00:00.000Z',
      result: {output: 'The **retry** works.', pr_url: '', session_id: '', work_dir: ''},
    })
    const view = {kind: 'task', taskId: task.id, issueNumber: 12, deleted: false} as const
    const state = samplePage(view, [task])
    const html = render({...state, transcripts: {[task.id]: {from: 21, messages: []}}})
    assert.match(html, /was deleted on 2026-11-20; its result is kept/)
    assert.match(html, /The <strong>retry<\/strong> works\./)
    assert.doesNotMatch(html, /Show earlier|Download log/)
  })

  it('has no inline script, style or handler', () => {
    for (const state of Object.values(samplePages)) {
      const html = render(state)
      assert.doesNotMatch(html, /<script(?![^>]*(src=|application\/json))/)
      assert.doesNotMatch(html, / style="| on[a-z]+="|javascript:/)
    }
  })

  it('escapes every text that people and agents write', () => {
    const evil = '</script><!--<script>alert(1)</script>"\'&\u2028'
    const issue = {...sampleIssue, title: evil, description: evil}
    const task = sampleTask({
      agent_name: evil,
      error: evil,
      progress: {summary: evil, step: 1, total: 2},
    })
    const state = samplePage({kind: 'issue', issue, timeline: [], deleted: false}, [task])
    const page: PageState = {...state, me: {id: 'm', name: evil}, problem: evil}
    const html = render(page)
    assert.equal(html.match(/<script/g)?.length, 2)
    assert.doesNotMatch(html, /<!--/)
    assert.deepEqual(dataOf(html), JSON.parse(JSON.stringify({kind: 'workspace', state: page})))
  })

  it('names the page in its title, with a mark while a run goes on', () => {
    assert.match(render(samplePages.issue as PageState), /<title>● Retry uploads .* ACM-12 · Acme/)
    assert.match(render(samplePages.agents as PageState), /<title>Agents · Acme/)
  })
})
