"""Function URLs: HTTP requests that become events, and functions' answers that become HTTP."""
