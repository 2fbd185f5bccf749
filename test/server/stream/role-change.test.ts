import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {caller} from '../../support/call.js'
import {openSse} from '../../support/sse-reader.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('a person whose role changes', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  test('sees from then on what the new role may see, on the connection that is open', async () => {
    const token = await server.strangerToken()
    const {body: me} = await caller(server.url, token)('GET', '/api/me')
    const members = `/api/workspaces/${server.workspaceId}/members`
    const {body: member} = await server.owner('POST', members, {
      body: {email: me.email, role: 'admin'},
    })
    const {body: agent} = await server.owner('POST', '/api/agents', {
      body: {name: 'hidden', runtime_id: server.runtimeId, visibility: 'private'},
    })
    const events = await openSse(`${server.url}/api/events?workspace_id=${server.workspaceId}`, {
      token,
    })
    await until('it is connected', () => events.named('cursor').length > 0)
    const ofAgent = () => events.events.filter(({data}) => data.includes(agent.id)).length
    const change = (description: string) =>
      server.owner('PUT', `/api/agents/${agent.id}`, {body: {description}})
    await change('first')
    await until('an admin sees it', () => ofAgent() === 1)

    assert.equal(
      (await server.owner('PATCH', `${members}/${member.id}`, {body: {role: 'member'}})).status,
      200,
    )
    await change('second')
    const {body: issue} = await server.owner('POST', '/api/issues', {body: {title: 'After that'}})
    await until('what all may see has come', () =>
      events.named('issue:created').some(({data}) => data.includes(issue.id)),
    )
    assert.equal(ofAgent(), 1)
    events.close()
  })
})
