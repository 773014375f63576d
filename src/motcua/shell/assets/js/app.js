// What moves on a page. Every act works without this file; it only saves a reload or a mistake.
import { Button } from "govuk-frontend/dist/govuk/components/button/button.mjs";
import { CharacterCount } from "govuk-frontend/dist/govuk/components/character-count/character-count.mjs";
import { ErrorSummary } from "govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs";
import { NotificationBanner } from "govuk-frontend/dist/govuk/components/notification-banner/notification-banner.mjs";
import { SkipLink } from "govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs";
import { Tabs } from "govuk-frontend/dist/govuk/components/tabs/tabs.mjs";

const components = [Button, CharacterCount, ErrorSummary, NotificationBanner, SkipLink, Tabs];

/** A choice that asks for more shows it while it is made. The question follows its choice, so no ARIA is needed. */
function unfoldChoices(scope) {
  for (const choice of scope.querySelectorAll("input[data-unfolds]")) {
    const more = document.getElementById(choice.dataset.unfolds);
    if (more) more.hidden = !choice.checked;
  }
}

function bringToLife(scope) {
  unfoldChoices(scope);
  for (const Component of components)
    for (const element of scope.querySelectorAll(`[data-module="${Component.moduleName}"]`))
      if (!element.hasAttribute(`data-${Component.moduleName}-init`)) new Component(element);
}

/** A menu of <details> closes when one clicks elsewhere or presses Escape. */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
}

/** Where a style sheet alone cannot lay the desk's menu open, this does. */
function openTheDesk() {
  const menu = document.querySelector(".mc-desk__menu");
  if (menu && !CSS.supports("selector(::details-content)") && matchMedia("(min-width: 1024px)").matches) menu.open = true;
}

/** "Print" is a link to the print sheet; here it opens the printer at once. */
function printOnClick(event) {
  const link = event.target.closest("[data-print]");
  if (!link) return;
  event.preventDefault();
  window.print();
}

/** The officer's keys: "/" searches, "j" and "k" walk the list, Enter opens what is marked. */
function walkTheList(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll("[data-walk] a[data-open]")];
    if (!rows.length) return;
    const step = event.key === "j" ? 1 : -1;
    const here = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, here + step))].focus();
  }
}

/** A box in a table's head marks the whole column; it is shown only where scripts run. */
function markAll(event) {
  const box = event.target.closest("[data-mark-all]");
  if (!box) return;
  for (const other of document.querySelectorAll(`input[type=checkbox][name="${box.dataset.markAll}"]`))
    other.checked = box.checked;
}

document.body.classList.add("js-enabled", "govuk-frontend-supported");
bringToLife(document);
openTheDesk();
document.addEventListener("htmx:after:swap", () => bringToLife(document));
document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details[data-menu]"));
  printOnClick(event);
});
document.addEventListener("change", (event) => {
  markAll(event);
  if (event.target.matches("[type=radio], [type=checkbox]")) unfoldChoices(event.target.form ?? document);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
  else walkTheList(event);
});
