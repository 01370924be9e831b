/* The case page: the preview in the client's words while they are written, and the first field. */
(function () {
  "use strict";

  var WAIT_MS = 600;

  function showPreview(form) {
    if (!document.getElementById("preview") || !form.querySelector("[name=preview]")) return;
    var waiting = null;
    form.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(function () {
        fetch(form.action.replace("/do/", "/preview/"), {
          method: "POST", body: new FormData(form), headers: { "HX-Request": "true" },
        })
          .then(function (answer) { return answer.ok ? answer.text() : ""; })
          .then(function (html) { if (html) document.getElementById("preview").outerHTML = html; });
      }, WAIT_MS);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.getElementById("act-form");
    if (!form) return;
    showPreview(form);
    if (new URLSearchParams(location.search).has("do")) {
      var first = form.querySelector("textarea, input:not([type=hidden]), select");
      if (first && !document.querySelector("[data-focus]")) first.focus();
    }
  });
})();
