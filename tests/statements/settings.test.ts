import { describe, expect, it } from 'vitest'
import { currentText, pageText, unitOf, withoutUnit } from './settings.js'

describe('docs/settings.md', () => {
  it('is what the settings say of themselves: otherwise run npm run settings', () => {
    expect(currentText()).toBe(pageText())
  })

  it('gives a unit to every number: otherwise name it in the setting, or say it as its unit', () => {
    expect(withoutUnit()).toEqual([])
  })
})

describe('the unit of a number', () => {
  it.each([
    ['drainTimeoutMs', {}, 'ms'],
    ['socketBufferMaxBytes', {}, 'bytes'],
    ['sendRatePerS', {}, 'a second'],
    ['kafkaPartitions', { unit: 'partitions' }, 'partitions'],
    ['kafkaPartitions', {}, undefined],
  ])('of %s %j is %s', (name, field, unit) => {
    expect(unitOf(name, field)).toBe(unit)
  })
})
