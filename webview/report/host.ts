import type { FromReportPage, ToReportPage } from "../../src/protocol/webview";
import { connect } from "../shared/host";

/** The extension, for the page that shows a report. */
export const reportHost = connect<FromReportPage, ToReportPage>();
