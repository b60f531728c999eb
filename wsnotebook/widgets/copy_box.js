// A button, a text area that can only be read, and the clipboard.
// The button tells the kernel {ask}; the kernel sets the text and answers {ready}.

async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch {
    // No permission, or not a secure page: the old way, which needs the text to be selected.
    area.select();
    return document.execCommand("copy");
  }
}

function render({ model, el }) {
  const button = document.createElement("button");
  const area = document.createElement("textarea");
  const word = document.createElement("span");
  button.type = "button";
  button.className = "jupyter-button widget-button";
  area.className = "wsn-code";
  area.readOnly = true;
  area.wrap = "off";
  area.setAttribute("data-lm-suppress-shortcuts", "true");
  word.className = "wsn-copied";
  word.setAttribute("role", "status");

  let asked = false; // of several views of one model, the one that was clicked copies
  const show = () => {
    button.textContent = model.get("button");
    area.setAttribute("aria-label", model.get("label"));
    area.value = model.get("text");
    area.rows = Math.min(24, area.value.split("\n").length);
    if (area.value) el.append(area);
  };
  const ready = async (message) => {
    if (!message.ready || !asked) return;
    asked = false;
    show();
    word.textContent = (await copy(area))
      ? "copied"
      : "not copied: the browser does not allow it; select the text and copy it";
  };
  button.addEventListener("click", () => {
    asked = true;
    word.textContent = "";
    model.send({ ask: true });
  });
  area.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change", show);
  model.on("msg:custom", ready);
  el.append(button, word);
  show();
  return () => {
    model.off("change", show);
    model.off("msg:custom", ready);
  };
}

export default { render };
