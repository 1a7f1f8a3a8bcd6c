import { expect, it } from 'vitest'
import { matching, meant } from './people.ts'

const people = ['ada', 'linus-torvalds', 'margaret-hamilton', 'Tove', 'שרה']

it('lists everybody while nothing is typed', () => {
  expect(matching(people, ' ')).toEqual(people)
})

it('finds a name by any part of it, as it was typed at the door', () => {
  expect(matching(people, 'TORV')).toEqual(['linus-torvalds'])
  expect(matching(people, 'Linus Torvalds')).toEqual(['linus-torvalds'])
  expect(matching(people, 'שר')).toEqual(['שרה'])
  expect(matching(people, 'nobody')).toEqual([])
})

it('puts first whose name begins with it', () => {
  expect(matching(['adam', 'joan', 'anna'], 'an')).toEqual(['anna', 'joan'])
})

it('takes a whole name for its user, and what nobody is called as it was typed', () => {
  expect(meant(people, 'Linus Torvalds')).toBe('linus-torvalds')
  expect(meant(people, 'Tove')).toBe('Tove')
  expect(meant(people, ' Grace ')).toBe('grace')
  expect(meant(people, 'lin')).toBe('lin')
  expect(meant([], '!?')).toBe('!?')
})
