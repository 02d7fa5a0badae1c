// The published package answers for schema.graphql, so it carries its own copy.
import { copyFile, mkdir } from "node:fs/promises"

const dist = new URL("../dist/", import.meta.url)
await mkdir(dist, { recursive: true })
await copyFile(new URL("../../../schema/schema.graphql", import.meta.url), new URL("schema.graphql", dist))
