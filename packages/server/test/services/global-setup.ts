// How files ask for real services, and what they must not do to them: see the module that is named here.
export { setup } from '../../../../scripts/services/testing/global-setup.js'
