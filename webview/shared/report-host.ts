import type { FromPage, ToPage } from "../../src/protocol/webview";
import { connect } from "./host";

/** The extension, for the pages that show a report. */
export const reportHost = connect<FromPage, ToPage>();
