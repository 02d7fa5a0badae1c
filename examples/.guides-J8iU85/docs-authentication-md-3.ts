import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({
  dataDir: false,
  tokenProvider: async ({ rejected }) => {
    if (rejected) console.warn("The service refused the token; asking for another")
    return process.env.MY_TOKEN ?? ""
  },
})
console.log(await sequence.getTotalBalance())
await sequence.close()
