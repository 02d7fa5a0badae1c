// Bugs that the tests of the safeguards are there for: each is put into a copy of the sources, and tests must fail.
// A change is what is replaced, by what, and in which file where it is not the mutant's.

/** Mutants: replacements in files of `sdk/src`, and the tests of `sdk/test` that must fail. */
export const mutants = [
  {
    name: "the intent is not flushed",
    file: "audit/file/AuditFile.ts",
    changes: [["await handle.flush()", ""]],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "the folder is not flushed with a new trail",
    file: "audit/file/AuditFile.ts",
    changes: [["if (!this.#isNameFlushed) await this.#fs.flushFolder(path.dirname(this.file))", ""]],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "a line goes in by two writes",
    file: "audit/file/AuditFile.ts",
    changes: [
      [
        "if ((await handle.append(content)) !== content.length)",
        "if ((await handle.append(content.subarray(0, 9))) + (await handle.append(content.subarray(9))) !== content.length)",
      ],
    ],
    tests: ["safeguards/crash.test.ts", "audit/storage.test.ts"],
  },
  {
    name: "a short write is taken for a whole one",
    file: "audit/file/AuditFile.ts",
    changes: [
      [
        "if ((await handle.append(content)) !== content.length) throw",
        "if ((await handle.append(content)) < 0) throw",
      ],
    ],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "a torn line is not closed off",
    file: "audit/AuditReader.ts",
    changes: [["this.#isOpen || isTorn ? LINE_BREAK", "this.#isOpen && isTorn ? LINE_BREAK"]],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "the limit is checked before the intent is recorded",
    file: "safeguards/Reserve.ts",
    changes: [
      [`if (admission._tag === "Fits") return intent`, "if (before) return intent"],
      [
        "const at = yield* Clock.currentTimeMillis\n      const { ledger }",
        `const at = yield* Clock.currentTimeMillis
      const looked = yield* storage.read
      const { day } = intentFor(context, looked, settings, owner, at)
      const { spentCents, reservedCents } = looked.ledger.totals("__global__", day)
      const before = spentCents + reservedCents + transfer.amountCents <= settings.maxDailyTransferCents
      const { ledger }`,
      ],
      // The check right before it is sent would notice.
      [`if (ledger.record(requestId)?.status !== "open") {`, `if (requestId === "") {`, "safeguards/Send.ts"],
      [
        "BlockErrors.toError(admission,",
        `BlockErrors.toError(admission._tag === "Fits" ? { _tag: "DailyLimit", remainingCents: 0 } : admission,`,
      ],
    ],
    tests: ["safeguards/race.test.ts"],
  },
  {
    name: "reserved amounts do not count",
    file: "audit/TransferLedger.ts",
    changes: [
      ["dailyLimitCents - sums.spentCents - sums.reservedCents -", "dailyLimitCents - sums.spentCents -"],
    ],
    tests: ["audit/TransferLedger.test.ts"],
  },
  {
    name: "what PySequence spent does not count",
    file: "audit/TransferLedger.ts",
    changes: [["account.foreign += amount", "account.foreign += 0 * amount"]],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "a broken limit file is an empty one",
    file: "audit/pysequence/LimitsFile.ts",
    changes: [["this.#isBroken = limits === undefined", "this.#isBroken = false"]],
    tests: ["audit/storage.test.ts"],
  },
  {
    name: "an unknown transfer gives its amount back",
    file: "audit/TransferRecord.ts",
    changes: [
      [
        `status !== "unfit" && status !== "not_sent" && status !== "refused"`,
        `status !== "unfit" && status !== "not_sent" && status !== "refused" && status !== "unknown"`,
      ],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "one that was ruled out gives its amount back",
    file: "audit/TransferRecord.ts",
    changes: [
      [
        `status !== "unfit" && status !== "not_sent" && status !== "refused"`,
        `status !== "unfit" && status !== "not_sent" && status !== "refused" && status !== "not_found"`,
      ],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "an identical unknown transfer holds nothing back",
    file: "audit/TransferLedger.ts",
    changes: [["if (twin !== undefined) reasons.push", "if (twin !== undefined && false) reasons.push"]],
    tests: ["audit/TransferLedger.test.ts"],
  },
  {
    name: "a transfer that waits is not checked again before it goes",
    file: "safeguards/Send.ts",
    changes: [
      [
        "const beforeSend = context.gate.leave(Effect.zipRight(checks(context, owner), noteTime), cancelled)",
        "void checks\n      const beforeSend = context.gate.leave(noteTime, cancelled)",
      ],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "a transfer is sent again after its connection was reset",
    file: "safeguards/Send.ts",
    changes: [
      [
        "return yield* transfers.send(context.transfer, {",
        "return yield* Effect.retry(transfers.send(context.transfer, {",
      ],
      ["rivals: rivalsOf(context),\n      })", "rivals: rivalsOf(context),\n      }), { times: 1 })"],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "a caller who leaves cuts a transfer that was sent",
    file: "safeguards/SendGate.ts",
    changes: [
      ["const isOnItsWay = (this.#sent && !this.#isWaiting) || this.#isLeaving", "const isOnItsWay = false"],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "a transfer that was answered 429 is sent again without a look",
    file: "api/PaymentSender.ts",
    changes: [
      [`if (found._tag === "Nothing") return undefined`, "if (found !== undefined) return undefined"],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "a lost answer is taken for a failure",
    file: "audit/TransferOutcome.ts",
    changes: [
      ["if (sent || error instanceof TransferOutcomeUnknownError) {", "if (Number.isNaN(sentAt) && sent) {"],
    ],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "an outcome that cannot be written is forgotten",
    file: "audit/Recorder.ts",
    changes: [["unwritten.set(requestId, [requestId, outcome, intent])", "void 0"]],
    tests: ["safeguards/GuardedTransfers.test.ts"],
  },
  {
    name: "what a dead process left is not taken over",
    file: "reconciliation/OrphanRecovery.ts",
    changes: [["if (left.length > 0) yield* takeOver(left)", "void left"]],
    tests: ["safeguards/crash.test.ts"],
  },
  {
    name: "a transfer is ruled out by one read",
    file: "reconciliation/ReconcileEntries.ts",
    changes: [["const isSettled = isSecondRead && serviceTime", "const isSettled = serviceTime"]],
    tests: ["reconciliation/ReconcileEntries.test.ts"],
  },
  {
    name: "a transfer is ruled out at once",
    file: "reconciliation/ReconcileEntries.ts",
    changes: [["serviceTime >= sentUntil(record) + settings.notFoundAfter", "serviceTime > 0"]],
    tests: ["reconciliation/ReconcileEntries.test.ts"],
  },
  {
    name: "an entry that another transfer has is taken twice",
    file: "reconciliation/matchTransfer.ts",
    changes: [["(id) => ledger.isClaimed(id, requestId)", "() => false"]],
    tests: ["reconciliation/ReconcileEntries.test.ts"],
  },
  {
    name: "what a rule made is taken for ours",
    file: "api/TransferMatching.ts",
    changes: [[" && !one.isMadeByRule", ""]],
    tests: ["reconciliation/ReconcileEntries.test.ts"],
  },
  {
    name: "the first of several candidates is taken",
    file: "reconciliation/matchTransfer.ts",
    changes: [["if (ours.length > waiting.length) return", "if (ours.length > 99) return"]],
    tests: ["reconciliation/ReconcileEntries.test.ts"],
  },
  {
    name: "a day goes back with the clock",
    file: "safeguards/Preflight.ts",
    changes: [["return isTimeCertain && day > latestDay ? day : latestDay", "return day"]],
    tests: ["safeguards/days.test.ts"],
  },
  {
    name: "the chain is not checked",
    file: "audit/HashChain.ts",
    changes: [
      ["const follows = one.entry.prev === before", "const follows = one.entry.prev === before || true"],
    ],
    tests: ["audit/AuditLog.test.ts"],
  },
  {
    name: "a shortened trail is not noticed",
    file: "audit/HashChain.ts",
    changes: [["else if (head.seq > this.#lastSeq) {", "else if (head.seq > this.#lastSeq + 1_000) {"]],
    tests: ["audit/AuditLog.test.ts"],
  },
  {
    name: "damage stops nothing",
    file: "audit/file/AuditFolder.ts",
    changes: [
      ["return problem === undefined ? undefined : damaged(this.audit.file, problem)", "return void problem"],
    ],
    tests: ["audit/AuditLog.test.ts"],
  },
  {
    name: "each confirmation of a staged transfer makes one",
    file: "safeguards/StagedTransfers.ts",
    changes: [
      ["if (confirmation.result === result) yield* carryOut", "if (confirmation.result) yield* carryOut"],
    ],
    tests: ["safeguards/StagedTransfers.test.ts"],
  },
  {
    name: "anybody may confirm",
    file: "safeguards/StagedTransfers.ts",
    changes: [["staged.stager.userId === by.userId && ", ""]],
    tests: ["safeguards/StagedTransfers.test.ts"],
  },
  {
    name: "a process that was declared dead sends all the same",
    file: "safeguards/Send.ts",
    changes: [["if (!(yield* processes.isAlive(owner))) {", 'if (owner === "") {']],
    tests: ["reconciliation/Reconciler.test.ts"],
  },
  {
    name: "a line that is no link ends what it names",
    file: "audit/TransferLedger.ts",
    changes: [["else if (isLink || !endsSomething(entry)) this.", "else this."]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "the first of two lines with one number ends what it names",
    file: "audit/file/AuditFile.ts",
    changes: [["if (forks.size === 0) return", "if (forks.size >= 0) return"]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "a process forgets what it saw of a trail that was shortened",
    file: "audit/AuditLogState.ts",
    changes: [["(seenHead === undefined || newest.seq > seenHead.seq)", "newest.seq < 0"]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "the head is read once",
    file: "audit/file/AuditHeadFile.ts",
    changes: [
      [
        "if (this.#isRead && version === this.#version) return this.#head",
        "if (this.#isRead) return this.#head",
      ],
    ],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "a head that names lost lines is written over",
    file: "audit/file/AuditFile.ts",
    changes: [["if (isAccept || !lacksHead(this.#state, reader)) await", "await"]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "any line of this name accepts what stands before it",
    file: "audit/HashChain.ts",
    changes: [["if (entry.accepts === this.#hash(0, start)) this.", "this."]],
    tests: ["audit/tampering.test.ts", "audit/AuditLog.test.ts"],
  },
  {
    name: "what others spent under other keys is not noted",
    file: "audit/file/AuditFolder.ts",
    changes: [["guarded ? this.#limits.news(this.audit.ledger) : []", "[]"]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "any note opens a broken limit file",
    file: "audit/TransferLedger.ts",
    changes: [
      [
        "  add(entry: AuditEntry, isLink = true): void {",
        "  add(entry: AuditEntry, isLink = true): void {\n    this.reachesBack = true",
      ],
    ],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "lines between ours are not vouched for",
    file: "audit/HashChain.ts",
    changes: [
      [
        "if (entry.covers === (isApart ? this.#hash(ours.start, start) : undefined)) return true",
        "if (isApart || ours) return true",
      ],
    ],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "an amount that the trail lowered is believed",
    file: "audit/pysequence/LimitsCodec.ts",
    changes: [
      ["record.intent.transfer.amountCents >= entry.amount_cents", "record.intent.transfer.amountCents >= 0"],
    ],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "what was sent all the same does not count",
    file: "audit/TransferRecord.ts",
    changes: [
      [`return countsTowardLimit(after) && after.status !== "open" ? after : record`, "return record"],
    ],
    tests: ["audit/tampering.test.ts", "audit/TransferLedger.test.ts"],
  },
  {
    name: "a staged transfer whose caller leaves never expires",
    file: "safeguards/StagedTransfers.ts",
    changes: [
      [
        'yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)\n            yield* note(staged, { event_type: "transfer_staged" })',
        'yield* Effect.interruptible(note(staged, { event_type: "transfer_staged" }))\n            yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)',
      ],
    ],
    tests: ["safeguards/StagedTransfers.test.ts"],
  },
  {
    name: "a day that has not come can be opened",
    file: "safeguards/DailyLimits.ts",
    changes: [["if (latestDay === undefined || day >= latestDay) {", "if (latestDay === undefined) {"]],
    tests: ["safeguards/days.test.ts"],
  },
  {
    name: "an idempotency key lives by the clock of this machine",
    file: "audit/TransferLedger.ts",
    changes: [["!isKeyFree(sameKey, certainTimeOf(intent))", "!isKeyFree(sameKey, intent.at)"]],
    tests: ["audit/TransferLedger.test.ts"],
  },
  {
    name: "whoever asks for a key takes the time of this machine",
    file: "safeguards/GuardedTransfers.ts",
    changes: [
      [
        "const known = yield* serviceTime.known\n      if",
        "const known = yield* Clock.currentTimeMillis\n      if",
      ],
    ],
    tests: ["safeguards/clocks.test.ts"],
  },
  {
    name: "a process forgets what it read in a trail that was cut short",
    file: "audit/file/AuditFolder.ts",
    changes: [["if (this.audit.ledger !== ledger) this.#limits.remember(ledger)", ""]],
    tests: ["audit/tampering.test.ts"],
  },
  {
    name: "damage gets old by itself",
    file: "audit/HashChain.ts",
    changes: [["newest - (after ?? newest) >= RECENT", "Date.now() - (after ?? newest) >= RECENT"]],
    tests: ["audit/AuditLog.test.ts"],
  },
]
