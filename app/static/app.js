// Every page works without this file. It starts the NHS.UK components that have behaviour, then our own additions.

import {
  Button,
  Checkboxes,
  ErrorSummary,
  Header,
  NotificationBanner,
  Radios,
  SkipLink,
  createAll,
} from "nhsuk-frontend"

// The design system does this in an inline script, which our Content-Security-Policy refuses.
document.body.classList.add("js-enabled", "nhsuk-frontend-supported")

// Words to paste elsewhere: with a button that copies them, where the browser lets a page do that.
for (const words of document.querySelectorAll("[data-app-copy]")) {
  if (!navigator.clipboard) break
  const button = document.createElement("button")
  const said = document.createElement("span")
  button.type = "button"
  button.className = "nhsuk-button nhsuk-button--secondary nhsuk-button--small"
  button.textContent = words.dataset.appCopyButton ?? "Copy these words"
  said.setAttribute("role", "status")
  said.className = "app-copied"
  button.setAttribute("aria-label", `${button.textContent}: ${words.dataset.appCopy}`)
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(words.textContent)
    said.textContent = "Copied"
  })
  words.parentElement.after(button, said)
}

for (const component of [Button, Checkboxes, ErrorSummary, Header, NotificationBanner, Radios, SkipLink]) {
  createAll(component)
}
