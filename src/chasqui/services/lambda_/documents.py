"""What Lambda keeps, by type of resource. Only names may live here: it is imported when the server starts.

Owners are "account/region". A function is (FUNCTION, owner, name) with what is common to its versions (policies, tags,
concurrency, URLs, event-invoke configurations); $LATEST and its published versions are (FUNCTION_VERSION, owner,
"name:version"), its aliases (ALIAS, owner, "name:alias"). Packages are blobs, named in the versions' documents. Layers
are (LAYER, owner, name) with (LAYER_VERSION, owner, "name:number"). Mappings are (MAPPING, owner, UUID).

Provisioned concurrency is (PROVISIONED, owner, "name:qualifier"). A function's URL is found by (FUNCTION_URL, "", its
id). (PACKAGE, "", blob's key) counts who has a package, (USAGE, owner, "usage") what an account has in a region. The
documents' shapes are in `functions/documents.py`.
"""

from __future__ import annotations

from typing import Final

FUNCTION: Final = "lambda:function"
FUNCTION_VERSION: Final = "lambda:version"
ALIAS: Final = "lambda:alias"
LAYER: Final = "lambda:layer"
LAYER_VERSION: Final = "lambda:layer-version"
MAPPING: Final = "lambda:mapping"
PROVISIONED: Final = "lambda:provisioned"
FUNCTION_URL: Final = "lambda:url"
PACKAGE: Final = "lambda:package"
USAGE: Final = "lambda:usage"
LATEST: Final = "$LATEST"
