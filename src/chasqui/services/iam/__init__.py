"""IAM: users, groups, roles, keys and policies, as AWS' API has them."""
