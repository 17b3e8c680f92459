/** What VS Code for the web keeps of the editors of a folder, for when the window is reloaded. */
import type { Page } from "playwright-core";

/** Reads it in the page; empty where nothing was kept yet. */
const KEPT_EDITORS = `(async () => {
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith("vscode-web-state-db-") || name.endsWith("-global")) continue;
    const database = await answer(indexedDB.open(name));
    const store = database.transaction("ItemTable").objectStore("ItemTable");
    texts.push((await answer(store.get("memento/workbench.parts.editor"))) ?? "");
    database.close();
  }
  return texts.join("\\n");
})()`;

/** How a panel was kept, with what its page saved of itself, as JSON without escapes; undefined where it was not yet. */
export async function keptPanel(page: Page, viewType: string): Promise<string | undefined> {
  const editors = await page.evaluate<string>(KEPT_EDITORS).catch(() => "");
  const panels = editors.replaceAll("\\", "").split('"providedId":');
  return panels.find((panel) => panel.startsWith(`"${viewType}"`));
}
