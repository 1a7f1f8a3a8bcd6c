import { expect, it } from 'vitest'
import { typingWords } from './words.ts'

it('names one or two, and counts nobody', () => {
  expect(typingWords([])).toBe('')
  expect(typingWords(['ada'])).toBe('ada is typing…')
  expect(typingWords(['ada', 'grace'])).toBe('ada and grace are typing…')
  expect(typingWords(['ada', 'grace', 'joan'])).toBe('Several people are typing…')
})

it('keeps the words around a name from right to left in their order', () => {
  expect(typingWords(['غريس'])).toBe('\u2068غريس\u2069 is typing…')
  expect(typingWords(['ada', 'שרה'])).toBe('ada and \u2068שרה\u2069 are typing…')
})
