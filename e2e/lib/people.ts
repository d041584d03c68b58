import { expect, type Page } from "@playwright/test";

export type Account = { role: string; username: string; password: string };

/** The roles of the sample's accounts. */
export const ROLES = ["province_clerk", "province_reviewer", "province_approver", "province_leader", "city_clerk", "city_approver", "county", "station_manager", "station_clerk", "applicant", "expert", "evaluator", "system_admin", "security_admin", "auditor"];

/** The demo's address; the server is started by lib/server.ts. */
export const at = (path: string): string => new URL(path, process.env.FENGSUI_URL).href;

/** The demo's accounts, as it printed them. */
export const accounts = (): Account[] => JSON.parse(process.env.FENGSUI_ACCOUNTS ?? "[]") as Account[];

/** The `index`th account whose role is `role`. */
export function account(role: string, index = 0): Account {
  const found = accounts().filter((one) => one.role === role)[index];
  if (!found) throw new Error(`the demo has no account ${index} of role ${role}; it has ${accounts().map((one) => one.role).join(", ")}`);
  return found;
}

/** Signs in through the page, as a person does. */
export async function signIn(page: Page, role: string, index = 0): Promise<Account> {
  const person = account(role, index);
  await enter(page, at("/login"), person);
  return person;
}

/** Signs a person in on the sign-in page of that address. */
export async function enter(page: Page, login: string, person: Account): Promise<void> {
  await page.goto(login);
  await page.locator("input[name=username]").fill(person.username);
  await page.locator("input[name=password]").fill(person.password);
  await page.locator("main button[type=submit]").click();
  await expect(page).not.toHaveURL(/\/login/);
}
