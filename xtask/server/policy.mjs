// The content security policy: what the package promises to work under, and what a page with a style of its own adds.

const packageDirectives = ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'"];

/** All that the package asks of a page. */
export const packagePolicy = packageDirectives.join("; ");

/** The demo's: nothing from elsewhere, nothing to elsewhere. */
export const pagePolicy = [
  ...packageDirectives,
  "style-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
