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

  /* Photos of a phone take a while: show how far they are, and keep the page as it was typed. */
  function send(button) {
    var form = button.form;
    var bar = document.getElementById("sending");
    var state = document.getElementById("sent");
    var request = new XMLHttpRequest();
    var data = new FormData(form);
    data.append(button.name, button.value);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.onprogress = function (event) {
      if (!event.lengthComputable) return;
      var percent = Math.floor((100 * event.loaded) / event.total);
      bar.value = percent;
      state.textContent = state.dataset.words.replace("{percent}", percent);
    };
    request.onload = function () {
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var fresh = page.querySelector("main .pcol");
      if (!fresh) return lost();
      fresh = document.importNode(fresh, true);
      document.title = page.title;
      document.querySelector("main .pcol").replaceWith(fresh);
      if (window.htmx) window.htmx.process(fresh);
      fresh.querySelectorAll("[data-count]").forEach(count);
      (fresh.querySelector("[data-focus]") || document.getElementById("file")).focus();
    };
    function lost() {
      bar.hidden = true;
      button.disabled = false;
      state.textContent = state.dataset.lost;
    }
    request.onerror = lost;
    bar.hidden = false;
    button.disabled = true;
    request.send(data);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[value=add]");
    if (!button || !document.getElementById("file").files.length) return;
    event.preventDefault();
    send(button);
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-count]").forEach(count);
    var form = document.getElementById("find");
    if (form) fill(form);
  });
})();
