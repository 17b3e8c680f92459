import type { FromTrainingPage, ToTrainingPage } from "../../src/protocol/training-page";
import { connect } from "../shared/host";

/** The extension, for the page that shows training. */
export const trainingHost = connect<FromTrainingPage, ToTrainingPage>();
