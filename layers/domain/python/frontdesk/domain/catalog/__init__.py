"""The items that staff maintain: resources, services, customers, vouchers, tokens, custom fields."""
