import { expect, it } from 'vitest'
import { deliveryWords } from './words.ts'

it('says how far a message has come', () => {
  expect(deliveryWords('sent', [], false)).toBe('Sent')
  expect(deliveryWords('delivered', [], false)).toBe('Delivered')
  expect(deliveryWords('read', ['ada'], true)).toBe('Read')
})

it('names two readers, and counts the others', () => {
  expect(deliveryWords('read', ['ada', 'grace'], false)).toBe('Read by ada, grace')
  expect(deliveryWords('read', ['ada', 'grace', 'joan', 'eve'], false)).toBe(
    'Read by ada, grace and 2 more',
  )
})

it('keeps readers in their order whose names are written from right to left', () => {
  expect(deliveryWords('read', ['غريس', 'שרה', 'ada'], false)).toBe(
    'Read by \u2068غريس\u2069, \u2068שרה\u2069 and 1 more',
  )
})
