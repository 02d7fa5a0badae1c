// Which pages the site has besides the reference, in the order in which people need them, and what it calls them.
// The package's texts for language models follow the same list.

const start = "Start here"
const use = "Use the SDK"
const run = "Run the programs"
const understand = "Understand and contribute"

/** The parts of the sidebar, first to last. */
export const parts = [start, use, run, understand]

/** Guides, each with the part of the sidebar that it stands in. */
export const pages = {
  "docs/getting-started.md": start,
  "docs/authentication.md": start,
  "docs/configuration.md": start,
  "docs/migrating.md": start,
  "docs/reading.md": use,
  "docs/safeguards.md": use,
  "docs/errors.md": use,
  "docs/testing.md": use,
  "docs/effect.md": use,
  "docs/rest-client.md": use,
  "docs/rest-server.md": run,
  "apps/api/README.md": run,
  "docs/cli.md": run,
  "docs/bot.md": run,
  "apps/sandbox/README.md": run,
  "docs/deployment.md": run,
  "docs/postgres.md": run,
  "docs/operating.md": run,
  "docs/security.md": understand,
  "docs/architecture.md": understand,
  "docs/glossary.md": understand,
  "schema/README.md": understand,
  "CONTRIBUTING.md": understand,
  "CODE_OF_CONDUCT.md": understand,
  "SECURITY.md": understand,
}
