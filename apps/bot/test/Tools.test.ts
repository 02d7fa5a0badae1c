import { expect, it } from "vitest"
import { withBotInside } from "./support.js"

it("tools name the rule behind a transfer, its last change, and the type and provider of an account", () =>
  withBotInside(
    async ({ claude, ask }) => {
      claude.script({
        calls: [
          ["get_recent_activity", { count: 1, activity_type: "RULE" }],
          ["get_all_accounts", {}],
        ],
      })
      await ask("look")
      const [recent, all] = claude.results.map(({ value }) => value)
      expect(recent).toMatchObject({ transfers: [{ activity_type: "RULE", id: expect.any(String) }] })
      const id = JSON.stringify(recent).match(/"id":"([^"]+)"/)?.[1]
      expect(all).toMatchObject({ accounts: expect.arrayContaining([expect.anything()]) })
      expect(all).toMatchObject({
        accounts: expect.not.arrayContaining([expect.objectContaining({ type: null })]),
      })
      expect(JSON.stringify(all)).toMatch(/"type":"[A-Z_]+","provider":"METHOD","institution":/)

      claude.script({ calls: [["get_transfer_status", { transfer_id: id }]] })
      await ask("and that one?")
      expect(claude.results.at(-1)?.value).toMatchObject({
        id,
        updated_at: expect.stringMatching(/\d{4}, .* ET$/),
        rule: { trigger_type: expect.stringMatching(/^\w+Trigger$/) },
      })
    },
    { sandbox: { pods: 4, transfers: 80 } },
  ))
