/** What the server says when it refuses (contract §0.2). */
export class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'RequestError'
    this.status = status
  }
}

const LIMIT_MS = 20_000

/**
 * A request to this server with the browser's cookie. @returns the parsed answer
 * @throws RequestError with a sentence for the reader; status 0 when there was no answer
 */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await answer(method, path, body)
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T
  throw new RequestError(response.status, await errorText(response))
}

async function answer(method: string, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && {'Content-Type': 'application/json'}),
      },
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
  } catch (error) {
    throw new RequestError(0, `the server cannot be reached (${String(error)})`)
  }
}

async function errorText(response: Response): Promise<string> {
  try {
    const {error} = (await response.json()) as {error?: unknown}
    if (typeof error === 'string') return error
  } catch {
    // A proxy's own page: the status has to do.
  }
  return `the server answered with ${response.status}`
}
