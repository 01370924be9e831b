/* The case page: the preview in the client's words while they are written, and the first field. */
(function () {
  "use strict";

  var WAIT_MS = 600;
  var waiting = null;

  function showPreview(form) {
    fetch(form.action.replace("/do/", "/preview/"), {
      method: "POST", body: new FormData(form), headers: { "HX-Request": "true", Accept: "text/html" },
    })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) {
        var place = document.getElementById("preview");
        if (html && place) place.outerHTML = html;
      });
  }

  document.addEventListener("input", function (event) {
    var form = event.target.closest("#act-form");
    if (!form || !form.querySelector("[name=preview]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(showPreview, WAIT_MS, form);
  });

  /* An action's form is opened to be filled in: by its tab, or by its key in the list. */
  function enterForm() {
    var form = document.getElementById("act-form");
    if (!form || document.querySelector("[data-focus]")) return;
    var first = form.querySelector("textarea, input:not([type=hidden]), select");
    if (first) first.focus();
  }

  /* After the load: going to the address's #act takes the focus away before it. */
  window.addEventListener("load", function () {
    var free = document.activeElement === document.body;
    if (free && new URLSearchParams(location.search).has("do")) enterForm();
  });
  document.addEventListener("htmx:after:swap", function (event) {
    var target = event.detail && event.detail.ctx && event.detail.ctx.target;
    if (target && target.id === "act") enterForm();
  });
})();
