import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World } from './support/world.js'

const loginPath = '**/v1/dev/login'
const notFound = {
  status: 404,
  contentType: 'application/json',
  body: JSON.stringify({ data: null, error: { code: 'not_found', message: 'Nothing here.' } }),
}

describe('somebody who comes in', () => {
  let world: World

  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(async () => {
    await world?.close()
  })

  it('is told when no server answers, and comes in when it is there', async () => {
    const chat = await world.window(await world.context())
    await chat.page.goto(world.server.url)
    await chat.page.route(loginPath, (route) => route.abort())
    await chat.page.getByLabel('Your name').fill('Ada')
    await chat.page.getByRole('button', { name: 'Come in' }).click()
    await chat.page.getByRole('alert').getByText('The server does not answer.').waitFor()
    await chat.picture('login-without-server')
    await chat.page.unroute(loginPath)
    await chat.page.getByRole('button', { name: 'Come in' }).click()
    await chat.isUpToDate()
  })

  it('is told when the login is off', async () => {
    const chat = await world.window(await world.context())
    await chat.page.goto(world.server.url)
    await chat.page.route(loginPath, (route) => route.fulfill(notFound))
    await chat.page.getByLabel('Your name').fill('Ada')
    await chat.page.keyboard.press('Enter')
    await chat.page.getByRole('alert').getByText('login turned off').waitFor()
    expect(await chat.page.getByRole('alert').textContent()).toContain('devLogin: true')
  })

  it('is out when there are no more tokens for them, with what they wrote kept', async () => {
    const chat = await world.user('Linus')
    await chat.networkSwitch.click()
    await chat.write('kept for later')
    await chat.hasPending('kept for later')
    await chat.page.route(loginPath, (route) => route.fulfill(notFound))
    await chat.page.reload()
    await chat.networkSwitch.click()
    await chat.page.getByRole('heading', { name: 'You are out' }).waitFor()
    await chat.picture('out')

    await chat.page.unroute(loginPath)
    await chat.page.getByRole('button', { name: 'Try again' }).click()
    await chat.isUpToDate()
    await chat.hasReceived('kept for later')
  })

  it('signs out and comes in as somebody else: each outbox is sent by its own user alone', async () => {
    const chat = await world.user('Ada')
    await chat.networkSwitch.click()
    await chat.write('a secret of Ada')
    await chat.hasPending('a secret of Ada')
    await chat.page.getByRole('button', { name: 'Sign out' }).click()
    await chat.page.getByLabel('Your name').fill('Grace')
    await chat.page.getByRole('button', { name: 'Come in' }).click()
    await chat.page.getByRole('alert').getByText('You cut the network.').waitFor()
    await chat.networkSwitch.click()
    await chat.page.getByRole('button', { name: 'Come in' }).click()
    await chat.isUpToDate()
    await chat.write('I am Grace')
    await chat.hasReceived('I am Grace')
    await chat.hasPending()
    expect(await chat.texts()).not.toContain('a secret of Ada')

    await chat.page.getByRole('button', { name: 'Sign out' }).click()
    await chat.page.getByLabel('Your name').fill('Ada')
    await chat.page.getByRole('button', { name: 'Come in' }).click()
    await chat.hasReceived('I am Grace', 'a secret of Ada')
    expect(world.faults).toEqual([])
  })
})
