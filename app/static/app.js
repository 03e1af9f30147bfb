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

for (const component of [Button, Checkboxes, ErrorSummary, Header, NotificationBanner, Radios, SkipLink]) {
  createAll(component)
}
