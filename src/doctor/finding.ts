/** One thing that was looked at. */
export interface Finding {
  what: string
  state: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What was found, in a sentence without an end mark. */
  text: string
  /** What mends it. */
  fix?: string
}
