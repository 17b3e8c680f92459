import type { FromComparisonPage, ToComparisonPage } from "../../src/protocol/comparison-page";
import { connect } from "../shared/host";

/** The extension, for the page that shows a comparison. */
export const comparisonHost = connect<FromComparisonPage, ToComparisonPage>();
