// The composer in a browser. What it tells the kernel: {typed: text} for every change,
// {typed, submit} on Enter, {typed, recall: -1 or 1} on Up and Down.

const LONG = 10_000; // characters; a longer text is told once in so many milliseconds:
const PAUSE = 200;

function render({ model, el }) {
  const area = document.createElement("textarea");
  area.rows = 3;
  area.spellcheck = false;
  area.className = "wsn-message";
  // JupyterLab runs the cell on Shift and Enter: what is typed here is not for it.
  area.setAttribute("data-lm-suppress-shortcuts", "true");
  area.setAttribute("aria-keyshortcuts", "Enter");

  let timer = null;
  const tell = (more) => {
    clearTimeout(timer);
    timer = null;
    model.send({ typed: area.value, ...more });
  };
  const show = () => {
    if (area.value === model.get("value")) return;
    area.value = model.get("value");
    clearTimeout(timer);
    timer = null;
  };
  const name = () => {
    area.placeholder = model.get("placeholder");
    area.setAttribute("aria-label", model.get("label"));
  };
  const isFirstLine = () => !area.value.slice(0, area.selectionStart).includes("\n");
  const isLastLine = () => !area.value.slice(area.selectionEnd).includes("\n");

  area.addEventListener("input", () => {
    model.set("value", area.value); // for other views; the kernel is told in order, below
    if (area.value.length < LONG) tell();
    else timer ??= setTimeout(tell, PAUSE);
  });
  // A click on Send takes the focus first, so that its message follows this one.
  area.addEventListener("blur", () => timer !== null && tell());
  area.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.shiftKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      tell({ submit: true });
      area.select(); // the next text replaces it, another Enter sends it again
    } else if (event.key === "ArrowUp" && isFirstLine()) {
      event.preventDefault();
      tell({ recall: -1 });
    } else if (event.key === "ArrowDown" && isLastLine()) {
      event.preventDefault();
      tell({ recall: 1 });
    }
  });
  model.on("change:value", show);
  model.on("change:placeholder", name);
  model.on("change:label", name);
  show();
  name();
  el.append(area);
  return () => {
    model.off("change:value", show);
    model.off("change:placeholder", name);
    model.off("change:label", name);
    clearTimeout(timer);
  };
}

export default { render };
