/**
 * A message safe to show as a notification: VS Code turns `[label](command:…)` in notifications into links that run
 * commands, and messages hold names out of models. Breaking `](` leaves no link.
 */
export function notificationText(message: string): string {
  return message.replaceAll("](", "] (");
}
