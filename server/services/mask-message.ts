import {createMasker} from '../../src/masking/masker.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import type {Mask} from './prepare-messages.js'

/**
 * Takes known shapes of secrets out of messages once more (design §4.9): a worker has done so already
 * and knows more secrets, but a daemon of the original has not.
 */
export function createMessageMask(): Mask {
  const masker = createMasker()
  return (message): TaskMessage => ({
    ...message,
    ...(message.content !== undefined && {content: masker.mask(message.content)}),
    ...(message.output !== undefined && {output: masker.mask(message.output)}),
    ...(message.input !== undefined && {input: masker.maskJson(message.input)}),
  })
}
