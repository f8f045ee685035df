"""What a business offers and to whom: resources, services, customers, vouchers, tokens, custom fields."""
