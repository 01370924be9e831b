/* What every page can do once scripts run: menus, toasts, focus, one press one post, printing. */
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    var toggle = event.target.closest("[data-toggle]");
    if (toggle) {
      var shown = toggle.getAttribute("aria-expanded") !== "true";
      toggle.setAttribute("aria-expanded", String(shown));
      document.getElementById(toggle.dataset.toggle).classList.toggle("is-open", shown);
    }
    var close = event.target.closest("[data-close]");
    if (close) close.closest("." + close.dataset.close).remove();
    if (event.target.closest("[data-print]")) window.print();
  });

  /* A form is sent once; the server knows a second sending by its token anyway. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    setTimeout(function () {
      form.querySelectorAll("button:not([type=button])").forEach(function (button) {
        button.setAttribute("aria-disabled", "true");
        button.disabled = true;
      });
    }, 0);
  });

  /* Coming back to a page must find its buttons alive. */
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("button[aria-disabled]").forEach(function (button) {
      button.removeAttribute("aria-disabled");
      button.disabled = false;
    });
  });

  function focusWhatMatters(root) {
    var wanted = root.querySelector("[data-focus]");
    if (wanted) wanted.focus();
  }

  document.addEventListener("DOMContentLoaded", function () {
    focusWhatMatters(document);
    var search = document.getElementById("q");
    document.addEventListener("keydown", function (event) {
      var typing = event.target.closest("input, textarea, select, [contenteditable]");
      var plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key === "/" && plain && !typing && search && document.body.dataset.keys === "on") {
        event.preventDefault();
        search.focus();
      }
    });
  });
  document.addEventListener("htmx:after:swap", function () {
    focusWhatMatters(document);
  });
})();
