"""Use cases, one module each. They do all I/O through ports that are passed as arguments, and depend on neither AWS nor HTTP."""
