/**
 * Takes a lock again and again. Each time it is in, it makes a file that only one can make, tells if it was
 * not the only one, and takes it away. Prints a dot for each time; dies inside, lock in hand, where asked to.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as FolderLock from "../../../src/internal/FolderLock.js"

const [, , folder = "", rounds = "0", dieAt = "-1"] = process.argv
const inside = path.join(folder, "inside")

const visit = (round: number) => {
  try {
    fs.closeSync(fs.openSync(inside, "wx"))
  } catch {
    process.stdout.write("!")
    return
  }
  if (round === Number(dieAt)) {
    fs.rmSync(inside)
    process.kill(process.pid, "SIGKILL")
  }
  const until = process.hrtime.bigint() + 500_000n
  while (process.hrtime.bigint() < until);
  fs.rmSync(inside)
  process.stdout.write(".")
}

const once = (round: number) =>
  FolderLock.withLock(path.join(folder, "lock"), "test", { heartbeat: 100, staleAfter: 1_500, poll: 1 })(() =>
    Effect.sync(() => visit(round)),
  )

await Effect.runPromise(
  Effect.forEach(
    Array.from({ length: Number(rounds) }, (_, n) => n),
    once,
    { discard: true },
  ),
)
