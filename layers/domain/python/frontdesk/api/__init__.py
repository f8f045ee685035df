"""The HTTP side: who is calling, what is asked, and every answer as JSON:API 1.1."""
