import { invalidArgument } from '../errors.js'
import type { Feature, FeatureContext } from './feature.js'

/** Sets each feature up and puts what it makes on the client, under its name. */
export function setUpFeatures(
  client: object,
  features: readonly Feature[],
  context: FeatureContext,
): void {
  for (const { name, setup } of features) {
    if (name in client) throw invalidArgument(`A client has ${name} already: rename the feature.`)
    Object.defineProperty(client, name, { value: setup(context), enumerable: true })
  }
}
