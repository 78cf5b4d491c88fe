/* Small comforts. Every page works without this file. */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };

  const start = (root) => {
    all("textarea", root).forEach(grow);
    all("[data-print], [data-copy], [data-scripted]", root).forEach((part) => (part.hidden = false));
  };

  // A form marked data-guard asks before unsaved words are lost.
  // One that comes back from the server with words that are not saved is marked "unsaved".
  let unsaved = Boolean(document.querySelector("form[data-guard='unsaved']"));
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  addEventListener("submit", () => (unsaved = false));

  addEventListener("input", (event) => {
    if (event.target.matches("textarea")) grow(event.target);
    if (event.target.closest("form[data-guard]")) unsaved = true;
  });

  addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  addEventListener("click", async (event) => {
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const button = event.target.closest("[data-print], [data-copy]");
    if (!button) return;
    if (button.matches("[data-print]")) return print();
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[data-copied]").hidden = false;
  });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      all("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = all("[data-search]").find((one) => one.offsetParent);
      if (field) {
        event.preventDefault();
        field.focus();
      }
    }
  });

  // htmx replaced a part: what came in gets the same comforts.
  addEventListener("htmx:after:swap", () => start(document));

  addEventListener("DOMContentLoaded", () => {
    start(document);
    all(".tabs [aria-current]").forEach((tab) => (tab.closest("ul").scrollLeft = tab.offsetLeft - 60));
    const first = document.querySelector("[data-focus]");
    if (first) first.focus();
  });
})();
