import { expect, it } from 'vitest'
import { typingWords } from './words.ts'

it('names one or two, and counts nobody', () => {
  expect(typingWords([])).toBe('')
  expect(typingWords(['ada'])).toBe('ada is typing…')
  expect(typingWords(['ada', 'grace'])).toBe('ada and grace are typing…')
  expect(typingWords(['ada', 'grace', 'joan'])).toBe('Several people are typing…')
})
