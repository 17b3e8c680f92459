import type { FromEqualizationPage, ToEqualizationPage } from "../../src/protocol/equalization-page";
import { connect } from "../shared/host";

/** The extension, for the page that compares equalizations. */
export const equalizationHost = connect<FromEqualizationPage, ToEqualizationPage>();
