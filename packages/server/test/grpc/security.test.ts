import { describe, expect, it, vi } from 'vitest'
import {
  certificate,
  strangersCertificate,
} from '../../../../scripts/services/testing/certificate.js'
import { BusListenError, type BusSecurity } from '../../src/adapters/grpc/credentials.js'
import { batchOf, createWorld, Recorder } from './world.js'

describe('who may push', () => {
  it.each([
    ['another secret', { secret: 'of somebody else' }],
    ['no secret', {}],
    ['a part of the secret', { secret: 'of the tes' }],
  ])('nobody with %s', async (_, security) => {
    const { open } = createWorld()
    const receiver = new Recorder()
    ;(await open()).register('p', receiver)
    const stranger = await open({ security })
    await expect(stranger.push('p', batchOf(1))).rejects.toThrow('UNAUTHENTICATED')
    const removal = { channelId: 'general', userId: 'bob', epoch: 1, seq: 1 }
    await expect(stranger.confirmRemoval('p', removal)).rejects.toThrow('secret of the bus')
    await expect(stranger.invalidate('p', [])).rejects.toThrow('secret of the bus')
    await expect(stranger.endSessions('p', { userId: 'bob', reason: 'ended' })).rejects.toThrow(
      'secret of the bus',
    )
    expect(receiver.batches).toEqual([])
  })

  describe('over mutual TLS', () => {
    const by = (
      { cert, key }: { cert: string; key: string },
      ca: string = certificate.cert,
    ): BusSecurity => ({
      tls: { ca: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key) },
    })

    it('whose certificate was signed by who signs for the cluster', async () => {
      const { open } = createWorld()
      const receiver = new Recorder()
      ;(await open({ security: by(certificate) })).register('p', receiver)
      const other = await open({ security: by(certificate) })
      await other.push('p', batchOf(1))
      await other.invalidate('p', [])
      expect(receiver.seqs).toEqual([1])
    })

    it.each<[string, BusSecurity]>([
      ['a certificate that somebody else signed', by(strangersCertificate)],
      ['no certificate', {}],
      ['no trust in ours', by(certificate, strangersCertificate.cert)],
    ])('nobody with %s', async (_, security) => {
      const { open } = createWorld()
      const receiver = new Recorder()
      ;(await open({ security: by(certificate) })).register('p', receiver)
      const stranger = await open({ security, confirmTimeoutMs: 500 })
      await expect(stranger.push('p', batchOf(1))).rejects.toThrow()
      await expect(stranger.endSessions('p', { userId: 'bob', reason: 'ended' })).rejects.toThrow()
      expect(receiver.batches).toEqual([])
    })
  })

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', ''])(
    'beyond this machine a bus without a secret does not even listen: “%s”',
    async (host) => {
      const opening = createWorld().open({ host, security: {} })
      await expect(opening).rejects.toThrow(BusListenError)
      await expect(opening).rejects.toMatchObject({
        remedy: expect.stringContaining('busSecret'),
      })
    },
  )

  it('says what to do when the port is taken, and prints nothing beside', async () => {
    const { open } = createWorld()
    const { address } = await open()
    const port = Number(address.split(':')[1])
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(process.stderr, 'write')]
    await expect(open({ port })).rejects.toMatchObject({
      name: 'BusListenError',
      remedy: expect.stringContaining('busPort'),
    })
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([])
    for (const spy of printed) spy.mockRestore()
  })
})
