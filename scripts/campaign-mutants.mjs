// Bugs that the tests of the safeguards are there for: each is put into a copy of the sources, and tests must fail.
// A change is what is replaced, by what, and in which file where it is not the mutant's.

/** What is replaced in which file of `sdk/src/safeguards`, and which tests must notice. */
export const mutants = [
  {
    name: "the intent is not flushed",
    file: "TrailFile.ts",
    changes: [["await handle.flush()", ""]],
    tests: ["storage.test.ts"],
  },
  {
    name: "the folder is not flushed with a new trail",
    file: "TrailFile.ts",
    changes: [["if (!this.#isNameFlushed) await this.#fs.flushFolder(path.dirname(this.file))", ""]],
    tests: ["storage.test.ts"],
  },
  {
    name: "a line goes in by two writes",
    file: "TrailFile.ts",
    changes: [
      [
        "if ((await handle.append(content)) !== content.length)",
        "if ((await handle.append(content.subarray(0, 9))) + (await handle.append(content.subarray(9))) !== content.length)",
      ],
    ],
    tests: ["crash.test.ts", "storage.test.ts"],
  },
  {
    name: "a short write is taken for a whole one",
    file: "TrailFile.ts",
    changes: [
      [
        "if ((await handle.append(content)) !== content.length) throw",
        "if ((await handle.append(content)) < 0) throw",
      ],
    ],
    tests: ["storage.test.ts"],
  },
  {
    name: "a torn line is not closed off",
    file: "TrailReader.ts",
    changes: [["this.#isOpen || isTorn ? LINE_BREAK", "this.#isOpen && isTorn ? LINE_BREAK"]],
    tests: ["storage.test.ts"],
  },
  {
    name: "the limit is checked before the intent is recorded",
    file: "Reserving.ts",
    changes: [
      [`if (attempt.verdict._tag === "Fits") return attempt.intent`, "if (before) return attempt.intent"],
      [
        "const at = yield* Clock.currentTimeMillis\n      const { ledger }",
        `const at = yield* Clock.currentTimeMillis
      const looked = (yield* storage.read).ledger
      const { spentCents, reservedCents } = looked.sums("__global__", makeIntent(plan, owner, at, looked).day)
      const before = spentCents + reservedCents + plan.transfer.amountCents <= settings.maxDailyTransferCents
      const { ledger }`,
      ],
      // The check right before it is sent would notice.
      [
        `if (ledger.attempt(plan.requestId)?.status !== "open") {`,
        `if (plan.requestId === "") {`,
        "Sending.ts",
      ],
      [
        "Misfits.toError(\n        attempt.verdict,",
        `Misfits.toError(attempt.verdict._tag === "Fits" ? { _tag: "DailyLimit", remainingCents: 0 } : attempt.verdict,`,
      ],
    ],
    tests: ["race.test.ts"],
  },
  {
    name: "reserved amounts do not count",
    file: "Ledger.ts",
    changes: [
      ["dailyLimitCents - sums.spentCents - sums.reservedCents -", "dailyLimitCents - sums.spentCents -"],
    ],
    tests: ["Ledger.test.ts"],
  },
  {
    name: "what PySequence spent does not count",
    file: "Ledger.ts",
    changes: [["account.foreign += amount", "account.foreign += 0 * amount"]],
    tests: ["storage.test.ts"],
  },
  {
    name: "a broken limit file is an empty one",
    file: "LimitsFile.ts",
    changes: [["this.#isBroken = limits === undefined", "this.#isBroken = false"]],
    tests: ["storage.test.ts"],
  },
  {
    name: "an unknown transfer gives its amount back",
    file: "Attempt.ts",
    changes: [
      [
        `status !== "unfit" && status !== "not_sent" && status !== "refused"`,
        `status !== "unfit" && status !== "not_sent" && status !== "refused" && status !== "unknown"`,
      ],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "one that was ruled out gives its amount back",
    file: "Attempt.ts",
    changes: [
      [
        `status !== "unfit" && status !== "not_sent" && status !== "refused"`,
        `status !== "unfit" && status !== "not_sent" && status !== "refused" && status !== "not_found"`,
      ],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "an identical unknown transfer holds nothing back",
    file: "Ledger.ts",
    changes: [["if (twin !== undefined) return", "if (twin !== undefined && false) return"]],
    tests: ["Ledger.test.ts"],
  },
  {
    name: "a transfer that waits is not checked again before it goes",
    file: "Sending.ts",
    changes: [
      [
        "const beforeSend = plan.gate.leave(Effect.zipRight(checks(plan, owner), noteTime), goingAway)",
        "void checks\n      const beforeSend = plan.gate.leave(noteTime, goingAway)",
      ],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "a transfer is sent again after its connection was reset",
    file: "Sending.ts",
    changes: [
      [
        "return yield* transfers.send(plan.transfer, {",
        "return yield* Effect.retry(transfers.send(plan.transfer, {",
      ],
      ["rivals: rivalsOf(plan),\n      })", "rivals: rivalsOf(plan),\n      }), { times: 1 })"],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "a caller who leaves cuts a transfer that was sent",
    file: "SendGate.ts",
    changes: [
      ["const isOnItsWay = (this.#sent && !this.#isWaiting) || this.#isLeaving", "const isOnItsWay = false"],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "a transfer that was answered 429 is sent again without a look",
    file: "../client/PaymentSender.ts",
    changes: [
      [`if (found._tag === "Nothing") return undefined`, "if (found !== undefined) return undefined"],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "a lost answer is taken for a failure",
    file: "Outcome.ts",
    changes: [
      ["if (sent || error instanceof TransferOutcomeUnknownError) {", "if (Number.isNaN(sentAt) && sent) {"],
    ],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "an outcome that cannot be written is forgotten",
    file: "Recorder.ts",
    changes: [["unwritten.set(requestId, [requestId, outcome, intent])", "void 0"]],
    tests: ["GuardedTransfers.test.ts"],
  },
  {
    name: "what a dead process left is not taken over",
    file: "Takeover.ts",
    changes: [["if (left.length > 0) yield* takeOver(left)", "void left"]],
    tests: ["crash.test.ts"],
  },
  {
    name: "a transfer is ruled out by one read",
    file: "Conclusions.ts",
    changes: [["const isSettled = isSecondRead && serviceTime", "const isSettled = serviceTime"]],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "a transfer is ruled out at once",
    file: "Conclusions.ts",
    changes: [["serviceTime >= sentUntil(attempt) + settings.notFoundAfter", "serviceTime > 0"]],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "an entry that another transfer has is taken twice",
    file: "Matching.ts",
    changes: [["(id) => ledger.isClaimed(id, requestId)", "() => false"]],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "what a rule made is taken for ours",
    file: "../client/Matching.ts",
    changes: [[" && !one.isMadeByRule", ""]],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "the first of several candidates is taken",
    file: "Matching.ts",
    changes: [["if (ours.length > waiting.length) return", "if (ours.length > 99) return"]],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "a day goes back with the clock",
    file: "Preparation.ts",
    changes: [["return isTimeCertain && day > latestDay ? day : latestDay", "return day"]],
    tests: ["days.test.ts"],
  },
  {
    name: "the chain is not checked",
    file: "Chain.ts",
    changes: [
      ["const follows = one.entry.prev === before", "const follows = one.entry.prev === before || true"],
    ],
    tests: ["AuditLog.test.ts"],
  },
  {
    name: "a shortened trail is not noticed",
    file: "Chain.ts",
    changes: [["else if (head.seq > this.#lastSeq) {", "else if (head.seq > this.#lastSeq + 1_000) {"]],
    tests: ["AuditLog.test.ts"],
  },
  {
    name: "damage stops nothing",
    file: "FileStorage.ts",
    changes: [
      ["return problem === undefined ? undefined : damaged(trail.file, problem)", "return void problem"],
    ],
    tests: ["AuditLog.test.ts"],
  },
  {
    name: "each confirmation of a staged transfer makes one",
    file: "StagedTransfers.ts",
    changes: [
      ["if (confirmation.result === result) yield* carryOut", "if (confirmation.result) yield* carryOut"],
    ],
    tests: ["StagedTransfers.test.ts"],
  },
  {
    name: "anybody may confirm",
    file: "StagedTransfers.ts",
    changes: [["staged.stager.userId === by.userId && ", ""]],
    tests: ["StagedTransfers.test.ts"],
  },
  {
    name: "a process that was declared dead sends all the same",
    file: "Sending.ts",
    changes: [["if (!(yield* owners.isAlive(owner))) {", 'if (owner === "") {']],
    tests: ["Reconciliation.test.ts"],
  },
  {
    name: "a line that is no link ends what it names",
    file: "Ledger.ts",
    changes: [["else if (isLink || !endsSomething(entry)) this.", "else this."]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "the first of two lines with one number ends what it names",
    file: "TrailFile.ts",
    changes: [["if (forks.size === 0) return", "if (forks.size >= 0) return"]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "a process forgets what it saw of a trail that was shortened",
    file: "TrailHead.ts",
    changes: [["(this.#seen === undefined || newest.seq > this.#seen.seq)", "newest.seq < 0"]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "the head is read once",
    file: "TrailHead.ts",
    changes: [["if (this.#isRead && version === this.#version) return", "if (this.#isRead) return"]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "a head that names lost lines is written over",
    file: "TrailFile.ts",
    changes: [["if (isAccept || !this.#isBehind()) await", "await"]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "any line of this name accepts what stands before it",
    file: "Chain.ts",
    changes: [["if (entry.accepts === this.#hash(0, start)) this.", "this."]],
    tests: ["tampering.test.ts", "AuditLog.test.ts"],
  },
  {
    name: "what others spent under other keys is not noted",
    file: "FileStorage.ts",
    changes: [["guarded ? limits.news(trail.ledger) : []", "[]"]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "any note opens a broken limit file",
    file: "Ledger.ts",
    changes: [
      [
        "  add(entry: Entry, isLink = true): void {",
        "  add(entry: Entry, isLink = true): void {\n    this.reachesBack = true",
      ],
    ],
    tests: ["tampering.test.ts"],
  },
  {
    name: "lines between ours are not vouched for",
    file: "Chain.ts",
    changes: [
      [
        "if (entry.covers === (isApart ? this.#hash(ours.start, start) : undefined)) return true",
        "if (isApart || ours) return true",
      ],
    ],
    tests: ["tampering.test.ts"],
  },
  {
    name: "an amount that the trail lowered is believed",
    file: "LimitFile.ts",
    changes: [
      [
        "attempt.intent.transfer.amountCents >= entry.amount_cents",
        "attempt.intent.transfer.amountCents >= 0",
      ],
    ],
    tests: ["tampering.test.ts"],
  },
  {
    name: "what was sent all the same does not count",
    file: "Attempt.ts",
    changes: [[`return counts(after) && after.status !== "open" ? after : attempt`, "return attempt"]],
    tests: ["tampering.test.ts", "Ledger.test.ts"],
  },
  {
    name: "a staged transfer whose caller leaves never expires",
    file: "StagedTransfers.ts",
    changes: [
      [
        'yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)\n          yield* note(staged, { event_type: "transfer_staged" })',
        'yield* Effect.interruptible(note(staged, { event_type: "transfer_staged" }))\n          yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)',
      ],
    ],
    tests: ["StagedTransfers.test.ts"],
  },
  {
    name: "a day that has not come can be opened",
    file: "DailyLimits.ts",
    changes: [["if (latestDay === undefined || day >= latestDay) {", "if (latestDay === undefined) {"]],
    tests: ["days.test.ts"],
  },
  {
    name: "an idempotency key lives by the clock of this machine",
    file: "Ledger.ts",
    changes: [["!isKeyFree(sameKey, certainTimeOf(intent))", "!isKeyFree(sameKey, intent.at)"]],
    tests: ["Ledger.test.ts"],
  },
  {
    name: "whoever asks for a key takes the time of this machine",
    file: "GuardedTransfers.ts",
    changes: [
      [
        "const known = yield* serviceTime.known\n      if",
        "const known = yield* Clock.currentTimeMillis\n      if",
      ],
    ],
    tests: ["clocks.test.ts"],
  },
  {
    name: "a process forgets what it read in a trail that was cut short",
    file: "FileStorage.ts",
    changes: [["if (trail.ledger !== ledger) limits.remember(ledger)", ""]],
    tests: ["tampering.test.ts"],
  },
  {
    name: "damage gets old by itself",
    file: "Chain.ts",
    changes: [["newest - (after ?? newest) >= RECENT", "Date.now() - (after ?? newest) >= RECENT"]],
    tests: ["AuditLog.test.ts"],
  },
]
