/**
 * Helpers for programs built on the SDK: settings from the environment, files that are replaced in one step, locks
 * between processes, and names that people type. The apps of this project use them.
 *
 * @module tsequence/app
 */

export type { UrlRule } from "./config/checks.js"
export * as EnvProxy from "./config/EnvProxy.js"
export { type Environment, EnvReader, type WholeRule } from "./config/EnvReader.js"
export { nearest } from "./config/OptionKeys.js"
export * as AtomicFile from "./internal/AtomicFile.js"
export type { Options as LockOptions } from "./internal/FolderLock.js"
export * as FolderLock from "./internal/FolderLock.js"
export * as Names from "./internal/Names.js"
