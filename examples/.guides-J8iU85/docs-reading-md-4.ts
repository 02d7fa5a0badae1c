import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
try {
  console.log(await sequence.execute<{ me: { id: string } }>("query WhoAmI { me { id } }"))
} finally {
  await sequence.close()
}
