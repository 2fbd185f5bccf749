/**
 * One server-sent event as text. `json` must be JSON without raw line ends, which `JSON.stringify`
 * never writes, so no content can split a frame.
 */
export function frame(event: string, json: string, id?: string | number): string {
  return id === undefined
    ? `event: ${event}\ndata: ${json}\n\n`
    : `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`
}

/** Adds members in front of a serialised object without parsing it. */
export function withMembers(json: string, members: Record<string, unknown>): string {
  const head = JSON.stringify(members)
  if (head === '{}') return json
  return json === '{}' ? head : `${head.slice(0, -1)},${json.slice(1)}`
}

export const HEARTBEAT = ': heartbeat\n\n'
