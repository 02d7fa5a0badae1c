import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ accessToken: process.env.MY_TOKEN, dataDir: false })
console.log(await sequence.getTotalBalance())
await sequence.close()
