/** A token store in a folder, which several processes share. */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import * as FolderLock from "../internal/FolderLock.js"
import * as TokenFileCodec from "./TokenFileCodec.js"
import { type Service, TokenStore } from "./TokenStore.js"

/**
 * Options of a token store in a folder.
 *
 * @category options
 */
export interface Options {
  /** Options of the folder's lock. */
  readonly lock?: FolderLock.Options | undefined
}

/** Reads a file that may be damaged: warns once, and never shows its content. */
const readWhole = <A>(file: string, decode: (text: string) => Option.Option<A>, consequence: string) => {
  let warned = false
  return AtomicFile.read(file).pipe(
    Effect.flatMap((text) => {
      if (text === undefined) return Effect.succeed(undefined)
      const decoded = Option.getOrUndefined(decode(text))
      if (decoded !== undefined || warned) return Effect.succeed(decoded)
      warned = true
      return Effect.as(
        Effect.logWarning(`${file} cannot be understood and is passed over: ${consequence}`),
        undefined,
      )
    }),
  )
}

const remove = (file: string): Effect.Effect<void, StorageError> =>
  Effect.tryPromise({
    try: () => fs.rm(file, { force: true }),
    catch: (error) => AtomicFile.storageError("write", file, error),
  })

/**
 * Keeps everything in a folder: the tokens in `.tokens.json`, in PySequence's format, and the rest in `.login.json`. A
 * missing folder is created with mode 0700. Both files have mode 0600 and are replaced as a whole. A lock keeps
 * processes that share the folder apart.
 *
 * @category layers
 */
export const layer = (folder: string, options: Options = {}): Layer.Layer<TokenStore> =>
  Layer.effect(
    TokenStore,
    Effect.map(Effect.makeSemaphore(1), (slot): Service => {
      const tokens = path.resolve(folder, TokenFileCodec.TOKENS)
      const state = path.resolve(folder, TokenFileCodec.STATE)
      const locked = FolderLock.withLock(path.resolve(folder), ".tokens", options.lock)
      let isTidy = false
      const tidy = Effect.suspend(() => {
        if (isTidy) return Effect.void
        isTidy = true
        return Effect.zipRight(AtomicFile.removeLeftOvers(tokens), AtomicFile.removeLeftOvers(state))
      })
      return {
        load: readWhole(tokens, TokenFileCodec.decodeTokens, "there is no token until the next login."),
        save: (next) => AtomicFile.write(tokens, TokenFileCodec.encodeTokens(next)),
        clear: remove(tokens),
        // Those of one process line up here, so that only one of them asks for the folder.
        exclusively: (effect) => slot.withPermits(1)(locked(() => Effect.zipRight(tidy, effect))),
        loadState: readWhole(
          state,
          TokenFileCodec.decodeState,
          "failed logins and used codes are forgotten.",
        ),
        saveState: (next) => AtomicFile.write(state, TokenFileCodec.encodeState(next)),
      }
    }),
  )
