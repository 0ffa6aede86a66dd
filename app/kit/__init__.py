"""What knows no tenant: errors, clock, language, paging, rich text, outgoing HTTP, the manifest."""
