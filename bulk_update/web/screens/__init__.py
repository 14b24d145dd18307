"""The screens of the page; each module exports its `routes`."""
