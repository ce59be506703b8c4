// Recordings from the chooser, and from a drop anywhere on the page.

/**
 * @param {HTMLInputElement} input
 * @param {(file: File) => void} onFile
 */
export function watchFiles(input, onFile) {
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    onFile(file);
    // The same file may be chosen again.
    input.value = "";
  });

  // Entering a child fires `dragenter` before `dragleave` of its parent, so the depth is counted.
  let depth = 0;
  const setDepth = (value) => {
    depth = value;
    document.body.classList.toggle("dragging", depth > 0);
  };
  const accept = (handler) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    handler(event);
  };
  document.addEventListener("dragenter", accept(() => setDepth(depth + 1)));
  document.addEventListener("dragleave", accept(() => setDepth(Math.max(0, depth - 1))));
  document.addEventListener("dragover", accept((event) => (event.dataTransfer.dropEffect = "copy")));
  document.addEventListener("drop", accept((event) => {
    setDepth(0);
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  }));
}
