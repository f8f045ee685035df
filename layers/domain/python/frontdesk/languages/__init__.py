"""What the API says of itself, in other languages than its own: titles and details of errors."""
