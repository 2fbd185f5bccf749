import {type Detection, detectAgents} from '../agents/detect.js'
import {readAgentsFile} from '../settings/agents-file.js'
import {type Environment, readVariable} from '../settings/environment.js'

/**
 * Looks for agents, with agents.json and the paths and models that the user has set read anew each
 * time (contract §4.7: MULTICA_CLAUDE_PATH, MULTICA_CLAUDE_MODEL and the like).
 * @param path the PATH on which programs are looked up
 */
export function createDetector(env: Environment, path: string) {
  return (signal: AbortSignal): Promise<Detection> =>
    detectAgents({
      agentsFile: readAgentsFile(env),
      env: {...env, PATH: path},
      overrides: readOverrides(env),
      signal,
    })
}

/** `MULTICA_<PROGRAM>_PATH` and `MULTICA_<PROGRAM>_MODEL`, by program. */
export function readOverrides(
  env: Environment,
): Record<string, {path?: string | undefined; model?: string | undefined}> {
  const programs = Object.keys(env).flatMap((name) => {
    const program = /^MULTICA_([A-Z0-9_]+)_(?:PATH|MODEL)$/.exec(name)?.[1]
    return program ? [program] : []
  })
  return Object.fromEntries(
    programs.map((program) => [
      program.toLowerCase().replaceAll('_', '-'),
      {
        path: readVariable(env, `MULTICA_${program}_PATH`),
        model: readVariable(env, `MULTICA_${program}_MODEL`),
      },
    ]),
  )
}
