// The real Claude Code and Codex, which ask people and are spoken to while they work.
import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import type {ApprovalPolicy} from '../../src/protocol/approvals.js'
import type {RequestAnswer, TaskRequest} from '../../src/protocol/task-request.js'
import {installCli} from '../support/cli-cache.js'
import {startFakeAnthropic, type Turn} from '../support/fake-anthropic.js'
import {startFakeOpenai} from '../support/fake-openai.js'
import {type LocalBench, type RunRecord, startLocalBench} from '../support/local-bench.js'
import {until} from '../support/until.js'

interface Model {
  url: string
  readonly requests: readonly unknown[]
  play(...turns: Turn[]): void
  close(): Promise<void>
}

interface Setting {
  name: string
  model: () => Promise<Model>
  bench: (model: Model) => Promise<LocalBench>
}

const claude: Setting = {
  name: 'claude',
  model: startFakeAnthropic,
  async bench(model) {
    const bin = await installCli('@anthropic-ai/claude-code@2.1.330')
    const env = {
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'sk-test-dummy',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
    }
    return startLocalBench({claude: {type: 'claude', command: [join(bin, 'claude')]}}, env)
  },
}

const codex: Setting = {
  name: 'codex',
  model: startFakeOpenai,
  async bench(model) {
    const command = [join(await installCli('@openai/codex@0.169.0'), 'codex')]
    const provider = `{name="fake",base_url="${model.url}/v1",env_key="FAKE_API_KEY",wire_api="responses",request_max_retries=1,stream_max_retries=1}`
    const args = [
      'analytics.enabled=false',
      'model="fake-model"',
      'model_provider="fake"',
      `model_providers.fake=${provider}`,
    ].flatMap((line) => ['-c', line])
    const bench = await startLocalBench(
      {codex: {type: 'codex', command, args}},
      {FAKE_API_KEY: 'sk-test-dummy'},
    )
    await mkdir(join(bench.home, '.codex'), {recursive: true})
    await writeFile(join(bench.home, '.codex', 'config.toml'), '')
    return bench
  },
}

for (const setting of [claude, codex]) {
  describe(`people and the real ${setting.name}`, () => {
    let model: Model
    let bench: LocalBench
    before(async () => {
      model = await setting.model()
      bench = await setting.bench(model)
    })
    after(async () => {
      await bench?.stop()
      await model?.close()
    })

    const policy = async (approvals: Partial<ApprovalPolicy>) => {
      const agent = bench.system.agents.find(({name}) => name === setting.name)
      await bench.system.api.updateAgent(agent?.id ?? '', {approvals})
    }
    const begin = async (...turns: Parameters<Model['play']>) => {
      model.play(...turns)
      return bench.assign(setting.name)
    }
    const request = (taskId: string): Promise<TaskRequest> =>
      until(
        'the agent asks',
        async () => (await bench.system.api.requests(taskId, {status: 'open'}))[0],
        30_000,
      )
    const answer = (taskId: string, {id}: TaskRequest, body: RequestAnswer) =>
      bench.system.api.answerRequest(taskId, id, body)

    it('a tool that is approved runs', async () => {
      await policy({mode: 'ask'})
      const made = join(bench.home, 'approved.txt')
      const {taskId} = await begin([{shell: `touch ${made}`}], [{text: 'Done.'}])
      const asked = await request(taskId)
      assert.equal(existsSync(made), false)
      assert.match(JSON.stringify(asked.payload), /touch .*approved\.txt/)
      await answer(taskId, asked, {outcome: 'allow'})
      const run = await bench.follow(taskId)
      assert.equal(run.end.status, 'completed', run.end.error ?? '')
      assert.equal(existsSync(made), true)
      assert.ok(
        run.messages.some(({author, content}) => author && /^approved /.test(content ?? '')),
      )
    })

    it('a tool that is denied does not run, and the agent goes on', async () => {
      await policy({mode: 'ask'})
      const made = join(bench.home, 'denied.txt')
      const {taskId} = await begin([{shell: `touch ${made}`}], [{text: 'I may not.'}])
      await answer(taskId, await request(taskId), {outcome: 'deny', message: 'never'})
      const run = await bench.follow(taskId)
      assert.equal(run.end.status, 'completed', run.end.error ?? '')
      assert.equal(existsSync(made), false)
      assert.match(saidBy(run), /I may not\./)
    })

    it('nobody answers: the limit decides', async () => {
      await policy({mode: 'ask', limit_seconds: 1})
      const made = join(bench.home, 'expired.txt')
      const {taskId} = await begin([{shell: `touch ${made}`}], [{text: 'Nobody there.'}])
      const run = await bench.follow(taskId)
      assert.equal(run.end.status, 'completed', run.end.error ?? '')
      assert.equal(existsSync(made), false)
      const [asked] = await bench.system.api.requests(taskId)
      assert.equal(asked?.status, 'expired')
    })

    it('a cancel ends a run that waits for people', async () => {
      await policy({mode: 'ask'})
      const {taskId} = await begin([{shell: 'touch x'}], [{text: 'Never said.'}])
      await request(taskId)
      await bench.system.api.cancelTask(taskId)
      const run = await bench.follow(taskId)
      assert.equal(run.end.status, 'cancelled')
      const [asked] = await bench.system.api.requests(taskId)
      assert.equal(asked?.status, 'cancelled')
    })

    it('words that come while a tool runs reach the model in the same run', async () => {
      await policy({mode: 'auto'})
      const turns = [[{shell: 'perl -e "sleep 3"'}], [{text: 'Heard.'}], [{text: 'Heard.'}]]
      const {taskId} = await begin(...turns)
      await bench.message(taskId, ({type}) => type === 'tool_use')
      const input = await bench.system.api.sendInput(taskId, 'mind the gap, please')
      const run = await bench.follow(taskId)
      assert.equal(run.end.status, 'completed', run.end.error ?? '')
      assert.equal((await bench.system.api.input(taskId, input.id)).status, 'delivered')
      assert.match(JSON.stringify(model.requests.at(-1)), /mind the gap, please/)
      const told = run.messages.filter(({author}) => author !== undefined)
      assert.deepEqual(
        told.map(({content}) => content),
        ['mind the gap, please'],
      )
      const at = (wanted: (message: (typeof run.messages)[number]) => boolean) =>
        run.messages.findIndex(wanted)
      assert.ok(at(({type}) => type === 'tool_use') < at(({author}) => author !== undefined))
      assert.ok(at(({author}) => author !== undefined) < at(({type}) => type === 'text'))
    })
  })
}

const saidBy = ({messages}: RunRecord): string =>
  messages
    .filter(({type}) => type === 'text')
    .map(({content}) => content)
    .join('')
