import { clusterOver } from './real.js'

clusterOver('postgres')
