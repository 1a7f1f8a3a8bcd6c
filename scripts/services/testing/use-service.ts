import { inject } from 'vitest'
import type { ServiceAddresses, ServiceName, ServiceWord } from '../index.js'

type NameOf<Word extends string> = (Word extends `${infer Name}=${string}` ? Name : Word) &
  ServiceName

/**
 * The addresses of a real service that all files of this test run share; the first to ask starts it, which
 * may take a minute. Await it at the top of a file. Rejects with the end of the service's log.
 */
export async function useService<Word extends ServiceWord>(
  word: Word,
): Promise<ServiceAddresses[NameOf<Word>]> {
  const response = await fetch(`${inject('servicesOrigin')}/${encodeURIComponent(word)}`)
  const body = (await response.json()) as ServiceAddresses & { readonly message?: string }
  if (!response.ok) throw new Error(body.message)
  return body[word.replace(/=.*/, '') as ServiceName] as ServiceAddresses[NameOf<Word>]
}
