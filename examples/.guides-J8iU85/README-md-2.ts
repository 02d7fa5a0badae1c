import { SequenceRest } from "tsequence/rest"

const sequence = new SequenceRest({ baseUrl: "http://127.0.0.1:8720", apiKey: "a-key-of-your-own" })
console.log(await sequence.getTotalBalance())
