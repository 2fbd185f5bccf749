import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {AgentSettings} from '../../src/agents/adapter.js'
import {installCli} from './cli-cache.js'
import {startFakeAnthropic} from './fake-anthropic.js'
import {startFakeGemini} from './fake-gemini.js'
import type {FakeModelServer} from './fake-model.js'
import {startFakeOpenai} from './fake-openai.js'

/** A server for models, whatever it keeps of its requests. */
export type AnyModel = Pick<FakeModelServer, 'url' | 'play' | 'close'> & {
  readonly requests: readonly unknown[]
}

/** A real agent program, and how it is made to talk to a model server of ours. */
export interface RealAgent {
  /** The package and its exact version. */
  spec: string
  program: string
  type: string
  /** Arguments for settings.args. */
  args?: (url: string) => string[]
  model?: string
  env(url: string): Record<string, string>
  /** Files in its home. */
  files?: (url: string) => Record<string, string>
  startModel(): Promise<AnyModel>
}

const KEY = 'sk-test-dummy'

const anthropic = (url: string) => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_API_KEY: KEY,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_MAX_RETRIES: '1',
})

const provider = (url: string) =>
  `{name="fake",base_url="${url}/v1",env_key="FAKE_API_KEY",wire_api="responses",request_max_retries=1,stream_max_retries=1}`

/** Without its analytics, which cost 5 s at the end of each run that cannot reach them. */
const codexArguments = (url: string) =>
  [
    'analytics.enabled=false',
    'model="fake-model"',
    'model_provider="fake"',
    `model_providers.fake=${provider(url)}`,
  ].flatMap((line) => ['-c', line])

const openCode = (url: string) => ({
  model: 'fake/fake-model',
  small_model: 'fake/fake-model',
  autoupdate: false,
  share: 'disabled',
  permission: {bash: 'ask', edit: 'ask'},
  provider: {
    fake: {
      npm: '@ai-sdk/openai-compatible',
      options: {baseURL: `${url}/v1`, apiKey: KEY},
      models: {
        'fake-model': {
          name: 'Fake',
          tool_call: true,
          reasoning: true,
          limit: {context: 100_000, output: 8000},
          cost: {input: 1, output: 2},
        },
      },
    },
  },
})

export const REAL_AGENTS = {
  claude: {
    spec: '@anthropic-ai/claude-code@2.1.330',
    program: 'claude',
    type: 'claude',
    env: anthropic,
    startModel: startFakeAnthropic,
  },
  codex: {
    spec: '@openai/codex@0.169.0',
    program: 'codex',
    type: 'codex',
    args: codexArguments,
    env: () => ({FAKE_API_KEY: KEY}),
    files: () => ({'.codex/config.toml': ''}),
    startModel: startFakeOpenai,
  },
  'codex-exec': {
    spec: '@openai/codex@0.169.0',
    program: 'codex',
    type: 'codex-exec',
    args: codexArguments,
    env: () => ({FAKE_API_KEY: KEY}),
    files: () => ({'.codex/config.toml': ''}),
    startModel: startFakeOpenai,
  },
  opencode: {
    spec: 'opencode-ai@1.18.33',
    program: 'opencode',
    type: 'acp',
    env: () => ({OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1'}),
    files: (url) => ({'.config/opencode/opencode.json': JSON.stringify(openCode(url))}),
    startModel: startFakeOpenai,
  },
  gemini: {
    spec: '@google/gemini-cli@0.61.0',
    program: 'gemini',
    type: 'acp',
    model: 'gemini-2.5-flash',
    env: (url) => ({GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url}),
    files: () => ({
      '.gemini/settings.json': JSON.stringify({
        security: {auth: {selectedType: 'gemini-api-key'}},
        privacy: {usageStatisticsEnabled: false},
      }),
    }),
    startModel: startFakeGemini,
  },
  qwen: {
    spec: '@qwen-code/qwen-code@0.15.10',
    program: 'qwen',
    type: 'acp',
    args: () => ['--auth-type', 'openai'],
    env: (url) => ({
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_MODEL: 'fake-model',
      QWEN_TELEMETRY_ENABLED: 'false',
    }),
    files: () => ({
      '.qwen/settings.json': JSON.stringify({privacy: {usageStatisticsEnabled: false}}),
    }),
    startModel: startFakeOpenai,
  },
  'claude-agent-acp': {
    spec: '@agentclientprotocol/claude-agent-acp@0.49.0',
    program: 'claude-agent-acp',
    type: 'acp',
    env: (url) => ({...anthropic(url), IS_SANDBOX: '1'}),
    startModel: startFakeAnthropic,
  },
  'codex-acp': {
    spec: '@zed-industries/codex-acp@0.16.0',
    program: 'codex-acp',
    type: 'acp',
    env: () => ({FAKE_API_KEY: KEY}),
    files: (url) => ({
      '.codex/config.toml': [
        'model = "gpt-5.5"',
        'model_provider = "fake"',
        'approval_policy = "untrusted"',
        // Its sandbox wants a program that not every machine has.
        'sandbox_mode = "danger-full-access"',
        `model_providers.fake = ${provider(url)}`,
        'analytics.enabled = false',
        '',
      ].join('\n'),
    }),
    startModel: startFakeOpenai,
  },
} satisfies Record<string, RealAgent>
export type RealAgentName = keyof typeof REAL_AGENTS

/** What a home needs, so that an agent finds the model of a test. */
export async function prepareHome(agent: RealAgent, url: string, home: string): Promise<void> {
  for (const [path, content] of Object.entries(agent.files?.(url) ?? {})) {
    await mkdir(join(home, path, '..'), {recursive: true})
    await writeFile(join(home, path), content)
  }
}

/** The settings of an agent; the package is installed first if it has to be. */
export async function settingsOf(agent: RealAgent, url: string): Promise<AgentSettings> {
  const bin = await installCli(agent.spec)
  const {type, program, args, model} = agent
  return {
    type,
    command: [join(bin, program)],
    ...(model && {model}),
    ...(args && {args: args(url)}),
  }
}
