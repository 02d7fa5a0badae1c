/** The audit log and `.daily_limits.json` of one folder, which are read and written together. */
import * as path from "node:path"
import { StorageError } from "../../Errors.js"
import type { AppendOptions, Service, Snapshot } from "../AuditStorage.js"
import type { FileSystem } from "../FileSystem.js"
import type { AuditProblem } from "../HashChain.js"
import { LimitsFile } from "../pysequence/LimitsFile.js"
import { AuditFile } from "./AuditFile.js"

const damaged = (file: string, { line, kind, detail }: AuditProblem): StorageError =>
  new StorageError(
    `Transfers are refused: ${file} is damaged at line ${line} (${kind}). ${detail} Look at it, then accept it with a reason.`,
    { path: file },
  )

/** A data folder. Its methods must not run at the same time. */
export class AuditFolder {
  readonly audit: AuditFile
  readonly #fs: FileSystem
  readonly #root: string
  readonly #limits: LimitsFile

  constructor(fs: FileSystem, root: string, timeZone: string) {
    this.#fs = fs
    this.#root = root
    this.audit = new AuditFile(fs, root, timeZone)
    this.#limits = new LimitsFile(fs, root, timeZone)
  }

  /** Gives the state by the files, as far as they were read. */
  snapshot(): Snapshot {
    const { ledger } = this.audit
    return {
      ledger,
      otherCents: (key, day) => this.#limits.otherCents(this.audit.ledger, key, day),
      refusal: this.#refusal(),
    }
  }

  /** Reads the audit log. If it has lost entries, they keep counting: a loss never raises the limit. */
  async refresh(): Promise<void> {
    await this.#keepLost(() => this.audit.refresh())
  }

  /** Reads both files. */
  async read(): Promise<Snapshot> {
    await this.refresh()
    // Again: every transfer of ours in a new limits file was in the audit log before.
    if (await this.#limits.look(this.audit.ledger)) await this.refresh()
    return this.snapshot()
  }

  /** Reads both files, and appends entries. Rejects if guarded entries are refused. */
  async append(
    drafts: Parameters<Service["append"]>[0],
    { durable, guarded = false }: AppendOptions,
    now: number,
  ): Promise<void> {
    await this.refresh()
    // Again: every transfer of ours in a new limits file was in the audit log before.
    if (await this.#limits.refresh(this.audit.ledger, { isGuarded: guarded, now })) await this.refresh()
    if (guarded) this.#mustAccept()
    // What PySequence spent is of no use to what is not guarded, and must not make an audit log where there is none.
    const news = guarded ? this.#limits.news(this.audit.ledger) : []
    const all = [...news, ...drafts(this.snapshot())]
    await this.#keepLost(() => this.audit.append(all, now, durable))
  }

  /** Reads both files before the limits are written. */
  async readForPublish(now: number): Promise<void> {
    await this.refresh()
    await this.#limits.refresh(this.audit.ledger, { isGuarded: false, now })
  }

  /** Writes `.daily_limits.json` by the audit log. */
  async writeLimits(today: string): Promise<void> {
    await this.#limits.write(this.audit.ledger, today)
  }

  /** Rejects if transfers are refused, or the folder cannot be written. */
  async checkWritable(): Promise<void> {
    const probe = path.join(this.#root, ".safeguards.probe")
    await this.refresh()
    this.#mustAccept()
    await this.#limits.look(this.audit.ledger)
    await this.#fs.makeFolder(this.#root)
    await this.#fs.replace(probe, "")
    await this.#fs.remove(probe)
  }

  async #keepLost(run: () => Promise<void>): Promise<void> {
    const { ledger } = this.audit
    try {
      await run()
    } finally {
      if (this.audit.ledger !== ledger) this.#limits.remember(ledger)
    }
  }

  #refusal(): StorageError | undefined {
    const problem = this.audit.stopper
    return problem === undefined ? undefined : damaged(this.audit.file, problem)
  }

  #mustAccept(): void {
    const error = this.#refusal()
    if (error !== undefined) throw error
  }
}
