/* Small parts with a state of their own, for Alpine's build that needs no evaluation of texts. */
document.addEventListener("alpine:init", function () {
  "use strict";

  /* How much of a longest text is written: "36 / 500". */
  window.Alpine.data("counter", function () {
    return {
      said: "",
      init: function () {
        this.count();
      },
      count: function () {
        var area = this.$root.querySelector("textarea");
        this.said = area.value.length + " / " + area.maxLength;
      },
    };
  });
});
