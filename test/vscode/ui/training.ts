/** Fine-tuning as a person does it: from the palette, on digits that the workspace holds. */
import type { Frame } from "playwright-core";
import { IMAGES, LABELS } from "../host/digits";
import type { Workbench } from "../host/workbench";

export const TRAIN = "Bitwright: Fine-tune Quantized Model…";
export const SHOW_TRAINING = "Bitwright: Show Training";
export const TRAINING = "Training";

/** Answers up to the number of epochs: digits with labels, ÷255, symmetric:3, affine:8. */
const DIGITS_IN_3_BITS = [`data/${IMAGES}`, `data/${LABELS}`, "0…1 (÷255)", "symmetric", "3 bits", "affine:8"];

/** Small batches, so that few digits are many steps. */
const SMALL_BATCHES = ["More options…", "batch", "16", "Done"];

/** Longer than any test takes, however fast the machine is. */
export const LONG: Pick<TrainingAnswers, "options" | "epochs"> = {
  options: [...SMALL_BATCHES, "Another number…"],
  epochs: "900",
};

export interface TrainingAnswers {
  /** Before the first question about data: where the model was trained before, whether it is trained in the same way. */
  readonly first?: readonly string[];
  readonly options?: readonly string[];
  readonly epochs: string;
  /** There is a trained model already, which is to be replaced. */
  readonly replaces?: boolean;
}

/** Answers all questions about training the model in view. Returns the panel's page. Answers that are numbers are typed. */
export async function trainByPalette(workbench: Workbench, answers: TrainingAnswers): Promise<Frame> {
  const { first = [], options = SMALL_BATCHES, epochs, replaces = false } = answers;
  await workbench.runCommand(TRAIN);
  for (const answer of [...first, ...DIGITS_IN_3_BITS, ...options, epochs, "trained/"]) await give(workbench, answer);
  if (replaces) await workbench.page.getByRole("dialog").getByRole("button", { name: "Replace" }).click();
  return workbench.webview(TRAINING);
}

async function give(workbench: Workbench, answer: string): Promise<void> {
  if (!/^[\d.]+$/u.test(answer)) {
    await workbench.choose(answer);
    return;
  }
  await workbench.page.locator(".quick-input-widget .quick-input-message").filter({ visible: true }).waitFor();
  await workbench.quickInput.fill(answer);
  await workbench.quickInput.press("Enter");
}

/** Waits until the first epochs are over and a layer's weights are drawn. */
export async function underWay(page: Frame): Promise<void> {
  await page.getByText(/^Epoch [\d,]+ of [\d,]+: loss/u).waitFor();
  await page.getByRole("img", { name: /^Histogram of \d/u }).waitFor();
}
