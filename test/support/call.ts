export interface CallAnswer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any
  headers: Headers
}

export interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
}

export type Call = (method: string, path: string, options?: CallOptions) => Promise<CallAnswer>

/** Requests as one principal in one workspace, without the comfort of the client. */
export function caller(url: string, token: string | undefined, workspace?: string): Call {
  return async (method, path, {body, headers} = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && {authorization: `Bearer ${token}`}),
        ...(workspace !== undefined && {'x-workspace-id': workspace}),
        ...(body !== undefined && {'content-type': 'application/json'}),
        ...headers,
      },
      ...(body !== undefined && {body: typeof body === 'string' ? body : JSON.stringify(body)}),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
}
