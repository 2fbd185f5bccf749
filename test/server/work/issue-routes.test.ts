import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('the routes of issues', (newDatabase) => {
  let server: WorkServer

  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  test('the list: filters, real total, total order, pages', async () => {
    const priority = 'urgent'
    const ids = []
    for (let i = 0; i < 7; i++)
      ids.push((await server.assign({status: 'backlog', priority})).body.id)
    const seen: string[] = []
    let path: string | undefined = `/api/issues?priority=${priority}&status=backlog,todo&limit=3`
    while (path) {
      const {body, headers} = await server.owner('GET', path)
      assert.equal(body.total, 7)
      seen.push(...body.issues.map((issue: {id: string}) => issue.id))
      path = nextPage(headers)
    }
    assert.deepEqual(seen, ids.reverse())
  })

  test('a change of an issue: what is absent stays, null clears, equal values tell nothing', async () => {
    const path = `/api/issues/${(await server.assign({status: 'backlog', description: 'Old'})).body.identifier}`
    const due = '2026-05-01T10:00:00+02:00'
    const changed = await server.owner('PUT', path, {
      body: {title: 'New', due_date: due, description: 'Old', priority: null},
    })
    assert.equal(changed.body.title, 'New')
    assert.equal(changed.body.due_date, '2026-05-01T08:00:00.000Z')
    assert.equal(changed.body.priority, 'none')
    const cleared = await server.owner('PATCH', path, {body: {due_date: '', assignee_id: null}})
    assert.equal(cleared.body.due_date, null)
    assert.equal(cleared.body.assignee_type, null)
    const timeline = await server.owner('GET', `${path}/timeline`)
    const actions = timeline.body.map((entry: {action: string}) => entry.action)
    assert.deepEqual(actions.toSorted(), [
      'assignee_changed',
      'created',
      'due_date_changed',
      'due_date_changed',
      'title_changed',
    ])
    assert.deepEqual(
      timeline.body.find((entry: {action: string}) => entry.action === 'title_changed').details,
      {from: 'Look into it', to: 'New'},
    )
  })

  test('the timeline in pages from the newest', async () => {
    const issue = (await server.assign({status: 'backlog', assignee_type: null, assignee_id: null}))
      .body
    for (let i = 1; i <= 6; i++) {
      await server.owner('POST', `/api/issues/${issue.id}/comments`, {body: {content: `${i}`}})
    }
    const whole = (await server.owner('GET', `/api/issues/${issue.id}/timeline`)).body
    const ids = (entries: {id: string}[]) => entries.map((entry) => entry.id)
    const pages: string[] = []
    let path: string | undefined = `/api/issues/${issue.id}/timeline?limit=3`
    while (path) {
      const page = await server.owner('GET', path)
      assert.ok(page.body.length <= 3)
      pages.unshift(...ids(page.body))
      path = nextPage(page.headers)
    }
    assert.deepEqual(pages, ids(whole))
    assert.equal(pages.length, 7)
  })

  test('comments: replies go with what they answer, and only author or admin change them', async () => {
    const issue = (await server.assign({status: 'backlog', assignee_type: null, assignee_id: null}))
      .body
    const say = async (content: string, parent?: string) =>
      (
        await server.owner('POST', `/api/issues/${issue.identifier}/comments`, {
          body: {content, ...(parent && {parent_id: parent})},
        })
      ).body
    const first = await say('Question')
    const reply = await say('Answer', first.id)
    await say('Thanks', reply.id)
    const edited = await server.owner('PUT', `/api/comments/${first.id}`, {
      body: {content: 'Question?'},
    })
    assert.equal(edited.body.content, 'Question?')
    const other = await server.addMember()
    for (const method of ['PUT', 'DELETE']) {
      const answer = await other(method, `/api/comments/${first.id}`, {body: {content: 'x'}})
      assert.equal(answer.status, 403)
    }
    assert.equal((await server.owner('DELETE', `/api/comments/${first.id}`)).status, 204)
    assert.deepEqual((await server.owner('GET', `/api/issues/${issue.id}/comments`)).body, [])
  })
})

const nextPage = (headers: Headers): string | undefined =>
  /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
