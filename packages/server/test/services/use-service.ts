export { useService } from '../../../../scripts/services/testing/use-service.js'
