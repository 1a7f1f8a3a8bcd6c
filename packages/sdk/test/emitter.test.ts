import { expect, it } from 'vitest'
import { Emitter } from '../src/emitter.js'

it('refuses at once a listener that is no function, and not at each event', () => {
  const emitter = new Emitter<{ change(): void }>()
  for (const listener of [undefined, 'listener'] as never[]) {
    expect(() => emitter.on('change', listener)).toThrow(
      '[invalid_argument] listener must be a function',
    )
  }
})
