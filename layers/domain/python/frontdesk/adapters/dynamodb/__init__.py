"""DynamoDB: the store, the lists and the tables behind the ports. No code outside this folder uses DynamoDB."""
