import { Sequence, type SequenceTokenStore, type StoredTokens } from "tsequence"

// A keychain, a vault or a database in real life; one client at a time may use it.
const kept = new Map<string, StoredTokens>()

const tokenStore: SequenceTokenStore = {
  load: () => kept.get("sequence") ?? null,
  save: (tokens) => {
    kept.set("sequence", tokens)
  },
  clear: () => {
    kept.delete("sequence")
  },
}

const sequence = Sequence.fromEnv({ tokenStore })
console.log(await sequence.getTotalBalance())
await sequence.close()
