"""Any standard OpenID provider as an identity source, described by data. See README.md."""
