import type { FromReportComparisonPage, ToReportComparisonPage } from "../../src/protocol/report-comparison-page";
import { connect } from "../shared/host";

/** The extension, for the page that compares two reports. */
export const reportComparisonHost = connect<FromReportComparisonPage, ToReportComparisonPage>();
