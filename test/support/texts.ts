/** Text messages first..last, each with its number in it. */
export const texts = (first: number, last: number, word = 'text') =>
  Array.from({length: last - first + 1}, (_, index) => ({
    seq: first + index,
    type: 'text',
    content: `${word} ${first + index}`,
  }))
