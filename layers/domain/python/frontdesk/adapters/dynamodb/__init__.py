"""DynamoDB: the store, the lists and the tables behind the ports. Nothing outside of this folder knows it."""
