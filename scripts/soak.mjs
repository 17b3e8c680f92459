/** `npm run soak [-- STEPS [SEED]]`: random saves, kills and edits in a real VS Code, 200 where no number is given. */
import { exitCodeOf, main } from "./support/processes.mjs";

await main(() => {
  const [steps = "200", seed = "1"] = process.argv.slice(2);
  const variables = { BITWRIGHT_SOAK_STEPS: steps, BITWRIGHT_SOAK_SEED: seed, BITWRIGHT_TEST_MINUTES: "60" };
  return exitCodeOf(process.execPath, ["scripts/test-vscode.mjs", "suite:soak"], {
    env: { ...process.env, ...variables },
  });
});
