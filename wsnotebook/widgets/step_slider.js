// A slider over steps, made of what browsers have: a name, words for its value, every key.

function render({ model, el }) {
  const label = document.createElement("label");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "1";
  // Arrow keys are the slider's, and not the notebook's.
  slider.setAttribute("data-lm-suppress-shortcuts", "true");
  label.className = "wsn-steps";
  label.append("step", slider);

  const show = () => {
    slider.max = model.get("max");
    slider.value = model.get("value");
    slider.setAttribute("aria-valuetext", `${slider.value} of ${slider.max}`);
  };
  slider.addEventListener("input", () => {
    model.set("value", Number(slider.value));
    model.save_changes();
  });
  slider.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change", show);
  el.append(label);
  show();
  return () => model.off("change", show);
}

export default { render };
