// The REST server as it stands in the workspace, over a sandbox of its own.
import { Effect } from "effect"
import { Config, startServer } from "../../apps/api/dist/index.js"
import { startSandbox } from "../../apps/sandbox/dist/index.js"

const API_KEY = "a-key-of-the-projects"

/** Starts the server, with its files in a folder that it may fill. */
export const startRestServer = async (dataDir) => {
  const sandbox = await startSandbox()
  const configuration = await Effect.runPromise(
    Config.read({
      ...sandbox.env,
      SEQUENCE_API_KEY: API_KEY,
      SEQUENCE_SERVER_HOST: "127.0.0.1",
      SEQUENCE_SERVER_PORT: "0",
      SEQUENCE_MIN_DELAY_MS: "0",
      SEQUENCE_JITTER_MS: "0",
      SEQUENCE_DATA_DIR: dataDir,
      SEQUENCE_LOG_LEVEL: "error",
    }),
  )
  const server = await startServer(configuration)
  return {
    environment: {
      SEQUENCE_SERVER_URL: `http://127.0.0.1:${server.port}`,
      SEQUENCE_API_KEY: API_KEY,
    },
    close: async () => {
      await server.stop()
      await sandbox.close()
    },
  }
}
