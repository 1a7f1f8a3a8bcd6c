import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { World } from './support/world.js'

const codeUnits = (text: string): number[] => Array.from(text, (_, at) => text.charCodeAt(at))

const texts: Readonly<Record<string, string>> = {
  'emoji with joiners': '👩‍👩‍👧‍👦 🏴‍☠️ 👍🏽 🏳️‍🌈 🧑🏿‍🚀 ❤️‍🔥 🇮🇸',
  'text from right to left, with marks of direction': 'שלום (Ada) ‏123‎ – مرحبا، كيف الحال؟',
  'combining marks, composed and decomposed': 'é é Å Å ử ử Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞',
  'lines, tabs and spaces at both ends': '  one\n\n\ttwo  \n three\u00a0\u2003  ',
  'what looks like markup or code': '<b>&amp;</b> {{x}} "\\n" \u0000-less ‮ \u2028',
  'astral planes and what is invisible': '𝔘𝔫𝔦 𓀀 \u200b\u200d\ufeff 𠜎',
}

describe('a text', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada')
    grace = await world.user('Grace')
  })
  afterAll(async () => {
    await world?.close()
  })

  const arrives = async (text: string): Promise<void> => {
    const count = (await grace.texts()).length
    await ada.write(text)
    await eventually(async () => (await grace.texts()).length, count + 1)
    const received = (await grace.texts()).at(-1) ?? ''
    expect(codeUnits(received)).toEqual(codeUnits(text))
    await ada.hasPending()
    expect((await ada.texts()).at(-1)).toBe(received)
  }

  for (const [what, text] of Object.entries(texts)) {
    it(`of ${what} arrives code unit by code unit`, async () => {
      await arrives(text)
    })
  }

  it('of 10,000 characters arrives whole', async () => {
    const unit = 'Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. '
    const long = unit.repeat(Math.ceil(10_000 / unit.length)).slice(0, 10_000)
    await arrives(long)
    await grace.picture('long-text')
  })

  it('of 10,000 characters that take three bytes each arrives whole', async () => {
    await arrives('風林火山'.repeat(2_500))
  })

  it('of one character more is not sent, and it says why', async () => {
    const count = (await ada.texts()).length
    await ada.write('x'.repeat(10_001))
    await ada.page.getByText('1 character too many').waitFor()
    expect(await ada.composer.inputValue()).toHaveLength(10_001)
    expect((await ada.texts()).length).toBe(count)
    expect(await ada.texts('pending')).toEqual([])
  })

  it('is shown as it was written: its direction, its lines, and folded when it is long', async () => {
    const direction = (text: string) =>
      grace
        .message(text)
        .locator('.text')
        .evaluate((element) => getComputedStyle(element).direction)
    expect(await direction('שלום')).toBe('rtl')
    expect(await direction('Zwölf')).toBe('ltr')
    const long = grace.message('Zwölf')
    const folded = (await long.boundingBox())?.height ?? 0
    await long.getByRole('button', { name: 'Show all of it' }).click()
    await long.getByRole('button', { name: 'Show less' }).waitFor()
    expect((await long.boundingBox())?.height ?? 0).toBeGreaterThan(folded * 2)
    expect(world.faults).toEqual([])
  })
})
