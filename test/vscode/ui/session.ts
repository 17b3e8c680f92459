/** A workbench on a fresh workspace, for the tests of one file. */
import { after, afterEach, before } from "mocha";
import { Workbench, type WorkbenchOptions } from "../host/workbench";
import { createWorkspace, type Workspace } from "../host/workspace";

export interface Session {
  readonly workbench: Workbench;
  readonly workspace: Workspace;
}

/**
 * Opens a workbench before the tests of the enclosing `describe` and closes it after them; a failed test leaves a screenshot.
 * @param prepare gives the options, once the tests start; may fill the workspace
 * @returns the session, to be asked for inside tests
 */
export function useWorkbench(
  prepare: (workspace: Workspace) => Promise<Omit<WorkbenchOptions, "folder">>,
): () => Session {
  let session: Session | undefined;
  before(async () => {
    const workspace = createWorkspace();
    session = {
      workspace,
      workbench: await Workbench.open({ ...(await prepare(workspace)), folder: workspace.folder }),
    };
  });
  afterEach(async function () {
    const test = this.currentTest;
    if (test?.state === "failed") await session?.workbench.screenshotOfFailure(test.title);
  });
  after(async () => {
    await session?.workbench.close();
    session?.workspace.remove();
  });
  return () => {
    if (session === undefined) throw new Error("The workbench is not open.");
    return session;
  };
}
