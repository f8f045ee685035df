"""Use cases, one module each. They reach the world only through ports passed as arguments, and know neither AWS nor HTTP."""
