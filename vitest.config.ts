import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Tests that start processes take longest, whatever the size of their files: one that comes last leaves a core idle. */
class ProcessesFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const startsProcesses = ({ moduleId }: TestSpecification) =>
      /\/(cli|bot|examples|postgres)\/|crash|race|process|browser|postgres/i.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(startsProcesses), ...sorted.filter((file) => !startsProcesses(file))]
  }
}

export default defineConfig({
  test: {
    include: ["{sdk,apps/*,examples}/test/**/*.test.ts"],
    // Detects a hang. On a busy machine, a test that starts programs may need a while.
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 90_000,
    // Two cores is what continuous integration has, and a third of the time tests wait for what keeps its distance.
    maxWorkers: 3,
    sequence: { sequencer: ProcessesFirst },
    // Nothing is mocked, so that files need no modules of their own: each would import Effect anew.
    isolate: false,
    // The guides' programs, which mostly wait for their turn.
    maxConcurrency: 10,
    // Workspaces are used as they are built, like any installed package.
    server: { deps: { external: [/\/(sdk|apps\/[^/]+)\/dist\//] } },
    restoreMocks: true,
    unstubEnvs: true,
  },
})
