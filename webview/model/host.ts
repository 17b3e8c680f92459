import type { FromModelPage, ToModelPage } from "../../src/protocol/webview";
import { connect } from "../shared/host";

/** The extension, for the page of the model editor. */
export const modelHost = connect<FromModelPage, ToModelPage>();
