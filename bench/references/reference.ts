/** What the product is compared with: the least code that does the same work, and what one writes first. */
export interface Reference {
  url: string
  stop(): Promise<void>
}
