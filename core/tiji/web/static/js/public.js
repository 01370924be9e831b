/* What makes public pages easier: characters left, and a receipt's QR code that fills in the form. */
(function () {
  "use strict";

  function count(line) {
    var field = document.getElementById(line.dataset.count);
    var most = Number(field.getAttribute("maxlength"));
    var show = function () {
      line.textContent = line.dataset.words.replace("{count}", most - field.value.length);
    };
    line.hidden = false;
    field.after(line);
    field.addEventListener("input", show);
    show();
  }

  function fill(form) {
    var parts = decodeURIComponent(window.location.hash.slice(1)).split("/");
    if (parts.length !== 2) return;
    form.elements.number.value = parts[0];
    form.elements.secret.value = parts[1];
    window.history.replaceState(null, "", window.location.pathname);
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-count]").forEach(count);
    var form = document.getElementById("find");
    if (form) fill(form);
  });
})();
