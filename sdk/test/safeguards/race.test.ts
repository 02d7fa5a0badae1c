import { rm } from "node:fs/promises"
import { startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildProgram, orders, run } from "./processes.js"
import { booked, ends, inFolder } from "./world.js"

let program = ""
beforeAll(async () => {
  program = await buildProgram()
})
afterAll(() => rm(program, { force: true }))

const RUNS = Number(process.env.CAMPAIGN_RUNS ?? 1)
/** Transfers of each process: more than the limit lets through, and in a campaign many more. */
const TIMES = RUNS > 1 ? 50 : 20

const race = (hasLock: boolean) =>
  inFolder(async (folder) => {
    const sandbox = await startSandbox()
    try {
      const pods = ends(sandbox)
      const given = orders(sandbox, folder, pods, {
        amountCents: 250_000,
        times: TIMES,
        hasLock,
        options: {
          ...orders(sandbox, folder, pods).options,
          timeout: 120_000,
          attemptTimeout: 10_000,
          deadAfter: 5_000,
          heartbeat: 100,
        },
        lock: { heartbeat: 50, staleAfter: 5_000, poll: 2 },
      })
      const reports = await Promise.all([1, 2, 3, 4].map(() => run(program, given)))
      return {
        booked: booked(sandbox, pods.source.id).length,
        accepted: reports.reduce((sum, report) => sum + (report?.accepted ?? 0), 0),
        errors: reports.map((report) => report?.errors),
      }
    } finally {
      await sandbox.close()
    }
  })

describe(`four processes with ${TIMES} transfers each of a tenth of the limit`, () => {
  it.each([true, false])(
    "make exactly ten (lock: %s)",
    async (hasLock) => {
      for (let i = 0; i < RUNS; i++) {
        const result = await race(hasLock)
        expect(result, JSON.stringify(result)).toMatchObject({ booked: 10, accepted: 10 })
        if (RUNS > 1) console.log(`race ${i + 1} of ${RUNS} (lock: ${hasLock}): 10 of ${4 * TIMES}`)
      }
    },
    120_000 * RUNS,
  )
})
