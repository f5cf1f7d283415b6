"""Identity tokens of OpenID Connect providers: reading them, finding the keys, checking signature and claims.

Imported by what exchanges such tokens, when it is first called: nothing else needs these modules or what they import.
"""
