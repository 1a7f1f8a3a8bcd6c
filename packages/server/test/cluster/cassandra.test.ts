import { clusterOver } from './real.js'

clusterOver('cassandra')
