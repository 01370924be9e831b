/* The workbench by keyboard: a current case, a glance at it, a bar for those selected. */
(function () {
  "use strict";

  var ROW = "tr[data-number]";
  var PEEK_MS = 150;
  var waiting = null;

  function rows() { return Array.from(document.querySelectorAll(ROW)); }
  function current() { return document.querySelector(ROW + ".is-cur"); }
  function boxes() { return Array.from(document.querySelectorAll(ROW + " .check")); }

  /* A glance at a case; the last one asked for wins. */
  function glance(row) {
    var place = document.getElementById("peek");
    if (!place) return;
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      var from = document.getElementById("desk").dataset.peek.replace("NUMBER", row.dataset.number);
      window.htmx.ajax("GET", from, { target: "#peek", swap: "outerHTML" });
    }, PEEK_MS);
  }

  function choose(row, quietly) {
    if (!row) return;
    rows().forEach(function (other) {
      other.classList.toggle("is-cur", other === row);
      other.removeAttribute("aria-current");
    });
    row.setAttribute("aria-current", "true");
    glance(row);
    if (quietly) return;
    row.scrollIntoView({ block: "nearest" });
    var link = row.querySelector(".ttl");
    if (link) link.focus({ preventScroll: true });
  }

  function step(by) {
    var all = rows(), at = all.indexOf(current());
    choose(all[Math.max(0, Math.min(all.length - 1, at + by))]);
  }

  /* The bar shows itself once something is selected. */
  function showBar() {
    var bar = document.querySelector(".bulkbar");
    if (!bar) return;
    var all = boxes(), on = all.filter(function (box) { return box.checked; });
    all.forEach(function (box) { box.closest("tr").classList.toggle("is-sel", box.checked); });
    bar.hidden = on.length === 0;
    bar.querySelector("[data-chosen]").textContent =
      bar.dataset.words.replace("{count}", String(on.length));
    var matching = bar.querySelector("[data-matching]");
    if (matching) {
      matching.hidden = on.length < all.length;
      if (matching.hidden) matching.querySelector("input").checked = false;
    }
    var head = document.querySelector("[data-all]");
    head.checked = on.length > 0 && on.length === all.length;
    head.indeterminate = on.length > 0 && on.length < all.length;
  }

  function selectNone() {
    boxes().forEach(function (box) { box.checked = false; });
    showBar();
  }

  function open(action) {
    var row = current();
    if (row) location.href = row.dataset.href + (action ? "?do=" + action + "#act" : "");
  }

  function takeBack() {
    var form = document.getElementById("undo"), row = current();
    if (!form || !row) return;
    form.action = form.dataset.action.replace("NUMBER", row.dataset.number);
    form.requestSubmit();
  }

  function follow(selector) {
    var link = document.querySelector(selector);
    if (link) link.click();
  }

  var KEYS = {
    j: function () { step(1); },
    k: function () { step(-1); },
    x: function () {
      var box = current() && current().querySelector(".check");
      if (box) { box.checked = !box.checked; showBar(); }
    },
    Enter: function () { open(""); },
    r: function () { open("complete"); },
    e: function () { open("escalate"); },
    c: function () { open("guide"); },
    b: function () { open("pause"); },
    u: takeBack,
    l: function () { follow(".more a"); },
    n: function () { follow("[data-new]"); },
    Escape: selectNone,
    "?": function () {
      var help = document.getElementById("help");
      if (help && !help.open) help.showModal();
    },
  };

  document.addEventListener("keydown", function (event) {
    if (document.body.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    var at = event.target;
    if (at.closest("textarea, select, [contenteditable]")) return;
    if (at.closest("input") && at.type !== "checkbox") return;
    var name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!KEYS[name]) return;
    /* What Enter does on a link or a button that is not of the current row stays its own. */
    if (name === "Enter" && at.closest("a, button, summary") && !at.closest(ROW + ".is-cur")) return;
    event.preventDefault();
    KEYS[name]();
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-all]")) {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
      showBar();
    } else if (event.target.matches(ROW + " .check")) {
      showBar();
    } else if (event.target.closest("[data-filters]") && event.target.matches("select")) {
      event.target.form.requestSubmit();
    }
  });

  /* A filter that is not set has no place in the address. */
  document.addEventListener("formdata", function (event) {
    if (!event.target.matches("[data-filters]")) return;
    Array.from(event.formData.entries()).forEach(function (pair) {
      if (pair[1] === "") event.formData.delete(pair[0]);
    });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-none]")) {
      event.preventDefault();
      selectNone();
      return;
    }
    var row = event.target.closest(ROW);
    if (row && !event.target.closest("a, input, button, label")) choose(row);
  });

  document.addEventListener("focusin", function (event) {
    var row = event.target.closest(ROW);
    if (row && !row.classList.contains("is-cur")) choose(row, true);
  });

  function prepare() {
    document.querySelectorAll("[data-quiet]").forEach(function (one) { one.hidden = true; });
    var head = document.querySelector("[data-all]");
    if (head) head.hidden = false;
    showBar();
    if (document.getElementById("peek") && !current()) choose(rows()[0], true);
  }

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:after:swap", function (event) {
    var context = event.detail && event.detail.ctx, target = context && context.target;
    if (!target || target.id !== "desk") return;
    prepare();
    var heading = document.getElementById("inbox-title");
    if (heading) heading.focus({ preventScroll: true });
  });
})();
