/* What is typed is kept every ten seconds and on leaving a field, until it is sent. */
(function () {
  "use strict";

  var EVERY = 10000;
  var changed = new Set();

  function formOf(event) {
    return event.target instanceof Element ? event.target.closest("form[data-draft]") : null;
  }

  /* Send a form's fields to where drafts are kept; what comes back says how it stands. */
  function send(form, address) {
    var fields = new FormData(form);
    /* Files are no draft: they are sent by themselves. */
    Array.from(fields.keys()).forEach(function (name) {
      if (fields.get(name) instanceof File) fields.delete(name);
    });
    return fetch(address, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { "HX-Request": "true", Accept: "text/html" },
      keepalive: true,
    }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (text) {
      var state = form.querySelector("[data-draft-state]");
      if (state) state.textContent = text.trim();
    });
  }

  function keep(form) {
    if (!changed.has(form) || !form.isConnected) return;
    changed.delete(form);
    send(form, form.dataset.draft).catch(function () {
      changed.add(form);
    });
  }

  /* The buttons of a draft send no form: what acts on the case must not hear of them. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-draft-act]");
    if (!button || !button.form) return;
    event.preventDefault();
    changed.delete(button.form);
    send(button.form, button.formAction).then(function () {
      if (button.dataset.draftAct !== "discard") return;
      var next = button.form.elements.next;
      window.location.assign(next ? next.value : window.location.pathname);
    }).catch(function () {
      changed.add(button.form);
    });
  }, true);

  document.addEventListener("input", function (event) {
    var form = formOf(event);
    if (form) changed.add(form);
  });
  document.addEventListener("focusout", function (event) {
    var form = formOf(event);
    var to = event.relatedTarget;
    /* On the way to a button nothing is kept: what is about to be sent must not come back. */
    if (form && !(to && to.form === form && to.type === "submit")) keep(form);
  });
  document.addEventListener("submit", function (event) {
    changed.delete(event.target);
  });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") changed.forEach(keep);
  });
  setInterval(function () {
    changed.forEach(keep);
  }, EVERY);
})();
