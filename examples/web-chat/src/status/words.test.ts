import { expect, it } from 'vitest'
import { wordsFor } from './words.ts'

const fine = { status: 'connected', isCut: false, sync: 'live' } as const

it('says that all is well only when the channel is complete', () => {
  expect(wordsFor(fine)).toEqual({ tone: 'good', text: 'Up to date' })
  expect(wordsFor({ ...fine, sync: 'syncing' })).toEqual({ tone: 'busy', text: 'Catching up…' })
})

it('names the cut before anything else, because the user made it', () => {
  expect(wordsFor({ ...fine, isCut: true }).text).toBe('You cut the network')
})

it('has words for every state of the connection', () => {
  expect(wordsFor({ ...fine, status: 'idle' }).text).toBe('Connecting…')
  expect(wordsFor({ ...fine, status: 'connecting' }).text).toBe('Connecting…')
  expect(wordsFor({ ...fine, status: 'waiting' }).text).toBe('Offline, trying again soon')
  expect(wordsFor({ ...fine, status: 'closed', reason: 'No.' }).text).toBe('No.')
})

it('says when the user is no longer in the channel', () => {
  expect(wordsFor({ ...fine, sync: 'removed' }).tone).toBe('bad')
})
